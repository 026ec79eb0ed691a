"""The engine as WebAssembly in Node: its own tests, whole models bit for bit those of the interpreter, the loader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from linnet.runtime import Denoiser, native_rates_hz
from tests.end_to_end.test_shipped_models import CLIPS, sound
from tests.runtime.texts_elsewhere import assert_texts_travel
from tests.runtime.tools import need, need_file, run
from tests.runtime.whole_models import assert_interpreter_bits
from tests.source_tree import ROOT

PORT = ROOT / "engine/ports/wasm"
MODEL = ROOT / "src/linnet/models/denoise-dense-medium.gguf"
SUITE = (
    "bands",
    "elements",
    "endings",
    "fft",
    "front",
    "kernels",
    "model",
    "rates",
    "session",
    "stft",
    "text",
)

pytestmark = pytest.mark.long


@pytest.mark.parametrize("variant", ["", "_scalar"], ids=["simd128", "scalar"])
def test_the_engine_passes_its_own_tests(variant: str, tmp_path: Path) -> None:
    need("make", "clang", "wasm-ld", "node")
    need_file("/usr/include/wasm32-wasi/stdio.h", "wasi-libc libclang-rt-dev-wasm32")
    programs = [tmp_path / f"test_{name}{variant}.wasm" for name in SUITE]
    run("make", "-C", PORT, f"BUILD={tmp_path}", *programs)
    # Node 20 crashes now and then where a long run ends while another of its threads still compiles.
    for program in programs:
        run("node", "--no-warnings", "--single-threaded", PORT / "run_wasi.mjs", program)


@pytest.mark.parametrize(
    ("engine", "expected"), [("linnet", "simd128"), ("linnet_scalar", "scalar")], ids=["simd128", "scalar"]
)
def test_whole_models_give_the_bits_of_the_interpreter(
    built_wasm: Path, engine: str, expected: str, tmp_path: Path
) -> None:
    def run_on(model: Path, codes: Path, answers: Path) -> None:
        kernels = run("node", PORT / "run_codes.mjs", built_wasm / f"{engine}.wasm", model, codes, answers)
        assert kernels.strip() == expected

    assert_interpreter_bits(run_on, tmp_path)


@pytest.mark.parametrize("engine", ["linnet", "linnet_scalar"], ids=["simd128", "scalar"])
def test_texts_travel_to_it_and_back(built_wasm: Path, engine: str, tmp_path: Path) -> None:
    def run_on(model: Path, codes: Path, answers: Path) -> None:
        run("node", PORT / "run_codes.mjs", built_wasm / f"{engine}.wasm", model, codes, answers)

    assert_texts_travel(run_on, tmp_path)


def test_the_samples_are_those_of_this_machine(built_wasm: Path, tmp_path: Path) -> None:
    denoiser, noisy_path = Denoiser.from_pretrained("denoise-dense-medium"), tmp_path / "noisy.f32"
    noisy = sound(CLIPS[0])
    noisy_path.write_bytes(noisy.tobytes())
    for rate_hz in native_rates_hz():
        run(
            "node",
            PORT / "denoise_raw.mjs",
            built_wasm,
            MODEL,
            noisy_path,
            tmp_path / "clean.f32",
            str(rate_hz),
        )
        expected = denoiser(noisy, sample_rate_hz=rate_hz)
        assert np.array_equal(np.fromfile(tmp_path / "clean.f32", np.float32), expected), rate_hz


def test_the_loader_keeps_its_promises(built_wasm: Path) -> None:
    assert "all of it holds" in run("node", PORT / "test_linnet.mjs", built_wasm, MODEL)


def test_the_benchmark_names_both_engines(built_wasm: Path) -> None:
    shown = run("node", PORT / "bench_step.mjs", built_wasm, MODEL)
    assert "simd128" in shown
    assert "scalar" in shown
