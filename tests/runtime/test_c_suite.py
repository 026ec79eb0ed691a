"""The engine's own tests in C, built as engine/README.md says: plain, under the sanitizers, and with clang."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.runtime.tools import need, run


@pytest.mark.long
@pytest.mark.parametrize("preset", ["tests", "sanitize", "threads", "checked", "clang"])
def test_the_engine_passes_its_own_tests_without_a_warning(preset: str, tmp_path: Path) -> None:
    need("cmake", "ctest", *(["clang"] if preset == "clang" else []))
    run("cmake", "--preset", preset, "-B", tmp_path)
    run("cmake", "--build", tmp_path, "--parallel")
    assert "100% tests passed" in run("ctest", "--test-dir", tmp_path, "--output-on-failure")
    if preset == "tests":
        timed = run(tmp_path / "tests" / "bench_step", tmp_path / "tests" / "small.gguf")
        assert "us per frame" in timed


def test_the_library_is_hardened() -> None:
    """Its tables of addresses cannot be written, and arrays on its stacks have canaries behind them."""
    library = os.environ.get("LINNET_LIBRARY", "")
    if shutil.which("readelf") is None or not library:
        pytest.skip("readelf (binutils) and LINNET_LIBRARY are needed")
    assert "BIND_NOW" in run("readelf", "--dynamic", library)
    headers = run("readelf", "--program-headers", "--wide", library)
    assert "GNU_RELRO" in headers
    assert " RWE " not in headers
    assert "__stack_chk_fail" in run("readelf", "--dyn-syms", "--wide", library)


def test_the_library_needs_nothing_but_memory_functions(tmp_path: Path) -> None:
    """No allocation, no output, no libm: what the library asks of others is read from it."""
    library = os.environ.get("LINNET_LIBRARY") or next(
        (
            str(path)
            for folder in __import__("linnet.runtime").runtime.__path__
            for path in Path(folder).glob("liblinnet.so")
        ),
        None,
    )
    if shutil.which("nm") is None or library is None:
        pytest.skip("nm (binutils) and a shared library are needed")
    lines = [line.split() for line in run("nm", "-D", "--undefined-only", library).splitlines()]
    strong = {words[-1].split("@")[0] for words in lines if words[-2] == "U"}
    assert strong <= {
        "memcmp",
        "memcpy",
        "memmove",
        "memset",
        "strcmp",
        "strlen",
        "getauxval",  # on Arm: which instructions the processor has
        "__stack_chk_fail",
        "__memcpy_chk",
        "__memset_chk",
        "__memmove_chk",
    }
