"""What the tests of the command line share: a way to run a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from linnet.apps.cli import main
from linnet.audio.metrics import Dnsmos, DnsmosScore
from linnet.audio.mixing import Signal


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def linnet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command line in this process; tyro's own refusals count like ours."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str | Path) -> Outcome:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def quick_dnsmos(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the network of DNSMOS, which takes half a second a clip; test_metrics runs the real one."""

    def listen(heard: Signal, rate_hz: int) -> DnsmosScore:
        return DnsmosScore(overall=1 + float(np.mean(np.abs(heard))), signal=1.0, background=1.0)

    monkeypatch.setattr(Dnsmos, "packaged", lambda: listen)
