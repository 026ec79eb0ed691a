"""What the tests of the web page share: the engine for browsers, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.tools import need, run
from tests.source_tree import ROOT


@pytest.fixture(scope="session")
def engine() -> Path:
    """The folder with the engine for browsers and its modules: that of the checkout, built where it is not."""
    need("make", "clang", "wasm-ld")
    run("make", "-C", ROOT / "engine/ports/wasm")
    return ROOT / "build/wasm"
