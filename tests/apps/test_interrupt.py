"""Ctrl-C and termination at any moment: never a traceback, never a file half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from linnet.apps.cli import stopped_like_ctrl_c
from linnet.output.unwinding import raise_interrupt
from tests.source_tree import ROOT

INTERRUPTED_AT_AN_IMPORT = """
import os, sys
moment = int(sys.argv.pop(1))
sys.argv[0] = "linnet"
seen = 0
def count(event, details):
    global seen
    if event == "import" and "linnet.__main__" in sys.modules:
        seen += 1
        if seen == moment:
            os.kill(os.getpid(), int(os.environ["SENT"]))
sys.addaudithook(count)
from linnet.__main__ import script
sys.exit(script())
"""


@pytest.mark.parametrize("moment", [12, 40, 150, 450])
def test_ctrl_c_while_modules_are_imported_ends_without_a_traceback(moment: int, tmp_path: Path) -> None:
    """The signal comes at a chosen import, counted from our first: early, among tyro's, NumPy's, and in the command."""
    sent = signal.SIGTERM if moment == 150 else signal.SIGINT
    done = interrupted(
        moment, sent, "denoise", str(ROOT / "examples/noisy/fan.wav"), "-o", str(tmp_path / "a.wav")
    )
    assert (done.returncode, "Stopped." in done.stderr) == (130, moment > 12), done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def interrupted(moment: int, sent: int, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT_AN_IMPORT, str(moment), *words],
        env=os.environ | {"SENT": str(int(sent))},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
@pytest.mark.parametrize(
    "words", [("--version",), ("denoise", "{noisy}", "-o", "{out}"), ("train", "--help")]
)
def test_ctrl_c_in_the_first_600_ms_is_never_a_traceback_of_ours(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    """The interpreter's own start is not ours: a traceback that names no file of ours is let pass."""
    out = tmp_path / "out"
    named = [word.format(noisy=ROOT / "examples/noisy", out=out) for word in words]
    for step in range(20):
        process = subprocess.Popen(
            [sys.executable, "-m", "linnet", *named], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        time.sleep(0.03 * step)
        process.send_signal(signal.SIGINT)
        error = process.communicate()[1].decode()
        assert "/linnet/" not in error, (step, error)
        assert "Exception ignored" not in error, (step, error)
    assert not list(tmp_path.rglob("*.partial"))


def test_ctrl_c_of_a_program_that_calls_a_command_unwinds_and_is_given_back() -> None:
    """Python's own raises inside libsndfile's calls, too, where it is lost. A handler of the program's stays."""
    own = signal.getsignal(signal.SIGINT)
    try:
        for handler, within in ((signal.default_int_handler, raise_interrupt), (print, print)):
            signal.signal(signal.SIGINT, handler)
            with stopped_like_ctrl_c():
                assert signal.getsignal(signal.SIGINT) is within
            assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, own)
