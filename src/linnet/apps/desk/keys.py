"""Single keys from a terminal while something runs; nothing where standard input is no terminal."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Keys:
    """What was typed."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def next(self, seconds: float) -> str:
        """Wait for a key, at most so long; "" where none came."""
        if self._descriptor is None:
            time.sleep(seconds)  # select waits for nothing on Windows
            return ""
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        return os.read(self._descriptor, 1).decode("ascii", "replace") if ready else ""


@contextmanager
def single_keys() -> Iterator[Keys]:
    """Take keys as they are typed, without Return; the terminal is as before when the statement ends."""
    if sys.platform == "win32" or sys.stdin is None or sys.stdin.closed or not sys.stdin.isatty():
        yield Keys(None)
        return
    import termios
    import tty

    descriptor = os.dup(sys.stdin.fileno())  # never 0
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        os.close(descriptor)
