"""The libraries of a wheel run on every Linux that manylinux2014 names: no symbol is newer than glibc 2.17."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from linnet.runtime.library import library


def test_the_engine_needs_no_glibc_newer_than_manylinux2014() -> None:
    if not sys.platform.startswith("linux") or shutil.which("objdump") is None:
        pytest.skip("objdump or Linux not found; apt install binutils")
    done = subprocess.run(["objdump", "-p", library()._name], capture_output=True, text=True, check=True)
    needed = {tuple(map(int, version.split("."))) for version in re.findall(r"GLIBC_([0-9.]+)", done.stdout)}
    assert needed
    assert max(needed) <= (2, 17)
    assert set(re.findall(r"NEEDED +(\S+)", done.stdout)) <= {"libc.so.6"}
