"""Keys while sound passes, on a terminal and without one."""

from __future__ import annotations

import os
import select
import time

import pytest

from linnet.apps.desk.keys import Keys, single_keys


def test_without_a_terminal_a_look_at_the_keys_waits_and_finds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("nothing to wait for")  # as select of Windows does

    monkeypatch.setattr(select, "select", refuse)
    began = time.monotonic()
    with single_keys() as keys:  # of pytest, whose standard input is no terminal
        assert keys.next(0.05) == ""
    assert time.monotonic() - began >= 0.05


def test_a_key_is_taken_as_it_is_typed() -> None:
    pty = pytest.importorskip("pty", exc_type=ImportError)
    typed, terminal = pty.openpty()
    try:
        keys = Keys(terminal)
        assert keys.next(0.01) == ""
        os.write(typed, b"q\n")
        assert keys.next(5) == "q"
    finally:
        os.close(typed)
        os.close(terminal)
