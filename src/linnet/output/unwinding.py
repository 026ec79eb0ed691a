"""What a signal of the end raises, so that drafts are removed; but not where it would be lost.

libsndfile calls Python back to read and write. What is raised in there is printed as ignored, and forgotten.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

Handler = Callable[[int, FrameType | None], None]
AGAIN_SECONDS = 0.002


def unwinding(error: type[BaseException], *arguments: object) -> Handler:
    """Return a handler that raises this error, as soon as Python is not called back by libsndfile."""

    def handle(number: int, frame: FrameType | None) -> None:
        if _is_called_back(frame):
            again = threading.Timer(AGAIN_SECONDS, _send, (number,))
            again.daemon = True
            again.start()
            return
        raise error(*arguments)

    return handle


def _send(number: int) -> None:
    """Send this process a signal; on Windows, os.kill would end it without a word."""
    if sys.platform == "win32":
        signal.raise_signal(signal.Signals(number))
    else:
        os.kill(os.getpid(), number)


def _is_called_back(frame: FrameType | None) -> bool:
    """Whether this frame, or one that it was called from, is soundfile's for libsndfile: vio_read and so on."""
    while frame is not None:
        code = frame.f_code
        if code.co_name.startswith("vio_") and os.path.basename(code.co_filename) == "soundfile.py":
            return True
        frame = frame.f_back
    return False


raise_interrupt = unwinding(KeyboardInterrupt)
