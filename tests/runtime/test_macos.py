"""The engine compiles for macOS on both of its processors, by the clang inside the package ziglang; nothing is run."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from tests.runtime.tools import need, run
from tests.source_tree import ROOT

MACH_O = 0xFEEDFACF
PROCESSORS = {"aarch64": ("arm64", 0x0100000C), "x86_64": ("x86_64", 0x01000007)}
"""By zig's name: Apple's, and its number in a Mach-O file (CPU_TYPE_ARM64, CPU_TYPE_X86_64)."""

COMPILER = """#!/bin/bash
exec {python} -m ziglang cc -target {processor}-macos "${{@/#-march=armv8.2-a+/-mcpu=generic+}}"
"""
"""zig takes processors where clang takes architectures."""


@pytest.mark.long
@pytest.mark.parametrize("processor", PROCESSORS)
def test_the_engine_compiles_for_macos_without_a_warning(processor: str, tmp_path: Path) -> None:
    need("cmake", "ninja")
    pytest.importorskip("ziglang", reason="pip install ziglang")
    name, number = PROCESSORS[processor]
    compiler = tmp_path / "compiler"
    compiler.write_text(COMPILER.format(python=sys.executable, processor=processor))
    compiler.chmod(0o755)
    choices = {
        "CMAKE_SYSTEM_NAME": "Darwin",
        "CMAKE_SYSTEM_PROCESSOR": name,
        "CMAKE_C_COMPILER": str(compiler),
        "CMAKE_INSTALL_NAME_TOOL": "/bin/false",  # nothing is installed
        "LINNET_WERROR": "ON",
    }
    run(
        "cmake",
        "-S",
        ROOT,
        "-B",
        tmp_path / "build",
        "-G",
        "Ninja",
        *(f"-D{key}={choices[key]}" for key in choices),
    )
    run("cmake", "--build", tmp_path / "build", "--parallel", "2", "--target", "linnet")
    content = (tmp_path / "build/liblinnet.dylib").read_bytes()
    assert struct.unpack("<II", content[:8]) == (MACH_O, number)
    assert b"_linnet_session_denoise\0" in content
    best = b"neon_dotprod\0" if name == "arm64" else b"avx512\0"
    assert best in content
