"""Programs that tests call: compilers, emulators, Node. A test says which it needs, and is skipped where one is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source_tree import ROOT

PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))


def need(*names: str) -> None:
    missing = [name for name in names if shutil.which(name, path=PATH) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found; see .ci/debian-packages.txt, pip install cmake ninja")


def need_file(path: str, package: str) -> None:
    if not Path(path).exists():
        pytest.skip(f"{path} not found; apt install {package}")


def run(*words: str | Path, **environment: str) -> str:
    """What the command prints, which must succeed; in the root of the source tree."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=ROOT,
        env=os.environ | {"PATH": PATH} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout
