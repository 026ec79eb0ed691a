"""The engine on 64-bit Windows, by Wine: its own tests, and whole models bit for bit those of this machine."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL

import numpy as np
import pytest

from linnet.runtime import Denoiser, native_rates_hz
from linnet.runtime.library import instruction_sets
from tests.end_to_end.test_shipped_models import CLIPS, sound
from tests.runtime.texts_elsewhere import assert_texts_travel
from tests.runtime.tools import need, run
from tests.runtime.whole_models import assert_interpreter_bits
from tests.source_tree import ROOT

MODEL = ROOT / "src/linnet/models/denoise-bands-large.gguf"
OF_WINDOWS = {"KERNEL32.dll", "msvcrt.dll"}

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The build folder; meanwhile Wine has a server and a home of its own, so that programs start quickly."""
    need("cmake", "ctest", "x86_64-w64-mingw32-gcc", "wine", "wineserver", "wineboot")
    folder = tmp_path_factory.mktemp("windows")
    run("cmake", "--preset", "windows", "-B", folder / "build")
    run("cmake", "--build", folder / "build", "--parallel")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WINEPREFIX", str(folder / "wine"))
        patch.setenv("WINEDEBUG", "-all")
        (folder / "wine").mkdir()
        for words in (
            ["wineserver", "--persistent"],
            ["wineboot", "--init"],
        ):  # what they start keeps a pipe open
            subprocess.run(words, stdout=DEVNULL, stderr=DEVNULL, check=True)
        yield folder / "build"
        subprocess.run(["wineserver", "--kill"], check=False)


def wine(program: Path, *words: str | Path) -> str:
    return run("wine", program.with_suffix(".exe"), *words)


def test_the_engine_passes_its_own_tests(built: Path) -> None:
    assert "100% tests passed" in run("ctest", "--test-dir", built, "--output-on-failure")


def test_the_library_needs_nothing_but_windows(built: Path) -> None:
    headers = run("x86_64-w64-mingw32-objdump", "--private-headers", built / "tests/linnet.dll")
    assert set(re.findall(r"DLL Name: (\S+)", headers)) <= OF_WINDOWS
    for guard in ("HIGH_ENTROPY_VA", "DYNAMIC_BASE", "NX_COMPAT"):
        assert guard in headers


def test_no_vector_is_moved_as_if_the_stack_were_aligned(built: Path) -> None:
    """Stacks of Windows are aligned to 16 bytes, and mingw's gcc aligns no frame further."""
    code = run("x86_64-w64-mingw32-objdump", "--disassemble", built / "tests/linnet.dll")
    moves = [
        line
        for line in code.splitlines()
        if re.search(r"\svmov\w+\s.*\(.*[yz]mm|\svmov\w+\s.*[yz]mm.*\(", line)
    ]
    assert len(moves) > 100
    assert not [line for line in moves if re.search(r"\svmov(aps|apd|dqa\w*)\s", line)]


@pytest.mark.parametrize("isa", [isa for isa in instruction_sets() if isa in (instruction_sets()[0], "avx2")])
def test_whole_models_give_the_bits_of_the_interpreter(built: Path, isa: str, tmp_path: Path) -> None:
    def run_on(model: Path, codes: Path, answers: Path) -> None:
        assert wine(built / "tests/run_codes", model, codes, answers, isa).strip() == isa

    assert_interpreter_bits(run_on, tmp_path)


def test_texts_travel_to_it_and_back(built: Path, tmp_path: Path) -> None:
    def run_on(model: Path, codes: Path, answers: Path) -> None:
        wine(built / "tests/run_codes", model, codes, answers)

    assert_texts_travel(run_on, tmp_path)


def test_the_samples_are_those_of_this_machine(built: Path, tmp_path: Path) -> None:
    denoiser, noisy_path, clean_path = Denoiser(MODEL), tmp_path / "noisy.f32", tmp_path / "clean.f32"
    noisy = sound(CLIPS[0])
    noisy_path.write_bytes(noisy.tobytes())
    for rate_hz in native_rates_hz():
        wine(built / "tests/denoise_raw", MODEL, noisy_path, clean_path, str(rate_hz))
        expected = denoiser(noisy, sample_rate_hz=rate_hz)
        assert np.array_equal(np.fromfile(clean_path, np.float32), expected), rate_hz
