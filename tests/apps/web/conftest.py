"""What the tests of the web page share: the engine for browsers, built once, the page's server and a browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from linnet.apps.cli import main
from linnet.apps.web.site import ENVIRONMENT
from tests.apps.web.chromium import Browser, program
from tests.runtime.tools import need, run
from tests.source_tree import ROOT

EXAMPLE = ROOT / "examples/noisy/fan.wav"


@pytest.fixture(scope="session")
def engine() -> Path:
    """The folder with the engine for browsers and its modules: that of the checkout, built where it is not."""
    need("make", "clang", "wasm-ld")
    run("make", "-C", ROOT / "engine/ports/wasm")
    return ROOT / "build/wasm"


@pytest.fixture(scope="module")
def folder(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as files, not at the root of their server."""
    need(program() or "chromium", "node")
    root = tmp_path_factory.mktemp("host")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ENVIRONMENT, str(engine))
        assert main(["web", "--out", str(root / "some/place")]) == 0
    return root


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    words = (
        sys.executable,
        "-u",
        "-m",
        "http.server",
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder),
        "0",
    )
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().split("port ")[1].split()[0]
        yield f"http://127.0.0.1:{port}/some/place/"
        server.terminate()


@pytest.fixture(scope="module")
def browser(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser(tmp_path_factory.mktemp("chromium"), microphone=EXAMPLE)
    yield found
    found.close()
