"""The libraries of a wheel run on every Linux that manylinux2014 names: no symbol is newer than glibc 2.17."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import linnet
from linnet.runtime.library import library, plugin_bundle

LIBRARIES = {
    "engine": lambda: Path(library()._name),
    "plug-in": lambda: plugin_bundle() / "linnet_denoise.so",
    "training": lambda: Path(linnet.__path__[0]) / "nn/liblinnet_training.so",
}


@pytest.mark.parametrize("which", LIBRARIES)
def test_it_needs_no_glibc_newer_than_manylinux2014(which: str) -> None:
    if not sys.platform.startswith("linux") or shutil.which("objdump") is None:
        pytest.skip("objdump or Linux not found; apt install binutils")
    path = LIBRARIES[which]()
    if not path.is_file():
        pytest.skip(f"{path} was not built")
    done = subprocess.run(["objdump", "-p", path], capture_output=True, text=True, check=True)
    needed = {tuple(map(int, version.split("."))) for version in re.findall(r"GLIBC_([0-9.]+)", done.stdout)}
    assert needed
    assert max(needed) <= (2, 17)
    assert set(re.findall(r"NEEDED +(\S+)", done.stdout)) <= {"libc.so.6"}
