"""Real-time priority for a program that sound passes through, where the system grants it.

The callback runs in a thread that the audio system may prefer, but it needs the interpreter, which another thread of
this program may hold. So all of them go before other programs; they work for a few percent of the time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PRIORITY = 1
"""The lowest of real time: before every ordinary program, after the audio system."""


@contextmanager
def urgent() -> Iterator[bool]:
    """Let this thread, and those that it starts, go before other programs. Gives whether the system allows it.

    A priority of real time that the program has already stays as it is.
    """
    if sys.platform != "linux":
        yield False
        return
    before = os.sched_getscheduler(0)
    if before in (os.SCHED_FIFO, os.SCHED_RR):
        yield True
        return
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
    except PermissionError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, before, os.sched_param(0))
