"""What is shown while a study runs: lines where nobody watches, a table where somebody does."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from linnet.apps.desk.console import Terminal
from linnet.apps.desk.study_progress import StudyProgress


def event(kind: str, key: str, *, db: float = 0.0, reason: str = "", where: str = "") -> Any:
    trial = SimpleNamespace(key=key, settings={"model.width": 0.5})
    result = {"scores": {"val": {"integer_db": db}}}
    return SimpleNamespace(kind=kind, trial=trial, result=result, reason=reason, where=where, seconds=2.0)


EVENTS = (
    event("begun", "first", where="a host, process 7"),
    event("begun", "second"),
    event("lost", "first", reason="its worker was lost"),
    event("begun", "first"),
    event("done", "first", db=11.5),
    event("failed", "second", reason="no memory"),
    event("begun", "third"),
)


def test_without_a_terminal_every_event_is_a_line() -> None:
    written = io.StringIO()
    with StudyProgress(4, Terminal(file=written, width=60)) as progress:
        for each in EVENTS:
            progress.hear(each)
    lines = written.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == [each.kind for each in EVENTS]
    assert lines[0].endswith("width=0.5 on a host, process 7")
    assert "11.50 dB in 2.0 s; 1 of 4, about" in lines[4]
    assert progress.failed == ["no memory"]


def test_in_a_terminal_a_table_counts_what_runs_and_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    watched = Terminal(file=screen, force_terminal=True)
    with StudyProgress(4, watched) as progress:
        for each in EVENTS:
            progress.hear(each)
        shown = io.StringIO()
        Terminal(file=shown, width=120).print(progress.table())
    counts = shown.getvalue().splitlines()[1].split()
    assert counts[:4] == ["1", "1", "1", "1"]  # running, waiting, done, failed
    assert "11.50 dB, first" in shown.getvalue()
    assert "runs: third" in shown.getvalue()
    assert "failed second" in screen.getvalue()
    assert "done   first" not in screen.getvalue(), "the table says that"
