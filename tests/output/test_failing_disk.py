"""Whatever step of writing fails, at whatever command: the failure is told, and no file is lost or half written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtime.tools import need, run
from tests.source_tree import ROOT

HERE = Path(__file__).parent


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD is Linux's")
def test_each_step_of_writing_may_fail_at_every_command(tmp_path: Path) -> None:
    need("cc")
    shim = tmp_path / "failing_disk.so"
    run(
        "cc",
        "-std=gnu11",
        "-O1",
        "-Wall",
        "-Werror",
        "-shared",
        "-fPIC",
        HERE / "failing_disk.c",
        "-o",
        shim,
        "-ldl",
    )
    done = subprocess.run(
        [sys.executable, str(HERE / "on_failing_disk.py"), str(tmp_path)],
        cwd=ROOT,
        env=os.environ
        | {
            "LD_PRELOAD": str(shim),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcomes) == 9
    assert [fault for outcome in outcomes for fault in outcome["faults"]] == []
