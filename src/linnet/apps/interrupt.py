"""Ctrl-C before a command works, and after it: the process ends at once, without a traceback.

While modules are imported and options read, nothing has been begun, so nothing needs to unwind. KeyboardInterrupt would
surface inside whatever is being imported. While a command works it is raised as usual, so that drafts are removed.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

STOPPED = 130
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def end_at_once(number: int, frame: FrameType | None) -> None:
    """Leave: there is nothing to clean up."""
    try:  # noqa: SIM105 - contextlib would be imported before Ctrl-C is ours
        os.write(2, b"\nStopped. Nothing was begun.\n")
    except OSError:  # nobody listens
        pass
    os._exit(STOPPED)


def before_work() -> None:
    """Take the signals whose action is the default one; what a caller ignores or handles stays so."""
    for number in SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, end_at_once)


def work_begins() -> None:
    """Let the signals unwind from here on, where `before_work` took them."""
    from linnet.output.unwinding import raise_interrupt

    for number in SIGNALS:
        if signal.getsignal(number) is end_at_once:
            signal.signal(number, raise_interrupt)


def after_work() -> None:
    """Give the signals back to the system: what is left to do is to end."""
    from linnet.output.unwinding import raise_interrupt

    for number in SIGNALS:
        if signal.getsignal(number) in (end_at_once, raise_interrupt):
            signal.signal(number, signal.SIG_DFL)
