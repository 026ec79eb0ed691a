"""The engine on 64-bit Arm, emulated: its own tests, and whole models bit for bit those of the interpreter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from linnet.ir import write_program
from linnet.runtime import Denoiser, native_rates_hz
from tests.end_to_end.test_shipped_models import CLIPS, sound
from tests.ir.programs import random_program
from tests.runtime.arm_work import frame_of, instructions, plugin_in
from tests.runtime.texts_elsewhere import assert_files_travel, assert_texts_travel
from tests.runtime.tools import need, need_file, run
from tests.runtime.whole_models import assert_interpreter_bits
from tests.source_tree import ROOT

MODEL = ROOT / "src/linnet/models/denoise-dense-medium.gguf"
LIBRARIES = "/usr/aarch64-linux-gnu"

# Processors of QEMU: without the dot product, with it, and everything QEMU knows, products of small matrices too.
BEST = {"cortex-a53": "neon", "cortex-a76": "neon_dotprod", "max": "neon_i8mm"}

# Those whose code is chosen by the processor. The others say the same on each, and test_front tries every form on one.
CHOSEN_BY_PROCESSOR = "kernels|elements|session|bands|batches|model"

pytestmark = pytest.mark.long


def need_cross_tools() -> None:
    need("cmake", "ctest", "aarch64-linux-gnu-gcc", "qemu-aarch64")
    need_file(f"{LIBRARIES}/include/stdio.h", "libc6-dev-arm64-cross")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_cross_tools()
    folder = tmp_path_factory.mktemp("aarch64")
    run("cmake", "--preset", "aarch64", "-B", folder)
    run("cmake", "--build", folder, "--parallel")
    return folder


def emulate(processor: str, *words: str | Path) -> str:
    return run("qemu-aarch64", "-L", LIBRARIES, "-cpu", processor, *words)


@pytest.mark.parametrize("processor", BEST)
def test_the_engine_passes_its_own_tests(built: Path, processor: str) -> None:
    chosen = () if processor == "max" else ("-R", CHOSEN_BY_PROCESSOR)
    told = run("ctest", "--test-dir", built, "--output-on-failure", *chosen, QEMU_CPU=processor)
    assert "100% tests passed" in told


def test_the_sanitizers_find_nothing_in_its_vector_code(tmp_path: Path) -> None:
    need_cross_tools()
    run("cmake", "--preset", "aarch64", "-B", tmp_path, "-DLINNET_SANITIZE=ON")
    programs = ("test_kernels", "test_elements", "test_session")
    run("cmake", "--build", tmp_path, "--parallel", "--target", *programs)
    for name in programs:
        environment = {"QEMU_LD_PREFIX": LIBRARIES, "QEMU_CPU": "max", "ASAN_OPTIONS": "detect_leaks=0"}
        run("qemu-aarch64", tmp_path / "tests" / name, **environment)


@pytest.mark.parametrize("processor", BEST)
def test_each_processor_gets_its_best_kernels(built: Path, processor: str, tmp_path: Path) -> None:
    (tmp_path / "codes").write_bytes(bytes(2 * 257))
    program = built / "tests/run_codes"
    chosen = emulate(processor, program, MODEL, tmp_path / "codes", tmp_path / "out")
    assert chosen.strip() == BEST[processor]


@pytest.mark.parametrize("isa", ["neon_i8mm", "neon_dotprod", "neon", "scalar"])
def test_whole_models_give_the_bits_of_the_interpreter(built: Path, isa: str, tmp_path: Path) -> None:
    def run_on(model: Path, codes: Path, answers: Path) -> None:
        kernels = emulate("max", built / "tests/run_codes", model, codes, answers, isa)
        assert kernels.strip() == isa

    assert_interpreter_bits(run_on, tmp_path)


@pytest.mark.parametrize("isa", ["neon_i8mm", "neon_dotprod", "neon", "scalar"])
def test_texts_travel_to_it_and_back(built: Path, isa: str, tmp_path: Path) -> None:
    def run_on(model: Path, codes: Path, answers: Path) -> None:
        assert emulate("max", built / "tests/run_codes", model, codes, answers, isa).strip() == isa

    assert_texts_travel(run_on, tmp_path)


@pytest.mark.parametrize("isa", ["neon_i8mm", "neon_dotprod", "neon", "scalar"])
def test_compressed_files_travel_to_it_and_back(built: Path, isa: str, tmp_path: Path) -> None:
    def run_text(way: str, *files: Path) -> None:
        emulate("max", built / "tests/run_text", way, *files, isa)

    assert_files_travel(run_text, tmp_path)


@pytest.mark.parametrize("processor", BEST)
def test_the_samples_are_those_of_this_machine(built: Path, processor: str, tmp_path: Path) -> None:
    denoiser, noisy_path, clean_path = Denoiser(MODEL), tmp_path / "noisy.f32", tmp_path / "clean.f32"
    noisy = sound(CLIPS[0])
    noisy_path.write_bytes(noisy.tobytes())
    for rate_hz in native_rates_hz():
        emulate(processor, built / "tests/denoise_raw", MODEL, noisy_path, clean_path, str(rate_hz))
        expected = denoiser(noisy, sample_rate_hz=rate_hz)
        assert np.array_equal(np.fromfile(clean_path, np.float32), expected), rate_hz


@pytest.mark.parametrize(("isa", "least"), [("neon", 2.3), ("neon_dotprod", 1.6), ("neon_i8mm", 1.3)])
def test_nine_tenths_of_zeros_take_fewer_instructions(
    built: Path, isa: str, least: float, tmp_path: Path
) -> None:
    """`least` times fewer than the dense step; a compiler other than gcc 12 may lose an eighth of the gain."""
    need("cc")
    plugin, model, counts = plugin_in(tmp_path), tmp_path / "model.gguf", []
    for density in (1.0, 0.1):
        program = random_program(1, features=192, states=128, layers=3, density=density, wild=0, kinds="d")
        write_program(program, model)
        counts.append(instructions(frame_of(built, plugin, program, model, isa)))
    assert counts[0] > least * counts[1]
