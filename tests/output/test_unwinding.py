"""A signal that comes while libsndfile has called Python back ends the work all the same, and prints nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

STOPPED_WHILE_WRITING = """
import io, os, signal, sys, time
import numpy as np, soundfile
from linnet.output.unwinding import raise_interrupt

class Disk(io.BytesIO):
    is_sent = False

    def {method}(self, *arguments):
        if not self.is_sent:
            self.is_sent = True
            os.kill(os.getpid(), signal.SIGINT)
        return super().{method}(*arguments)

signal.signal(signal.SIGINT, {handler})
try:
    with soundfile.SoundFile(Disk(), "w", 16000, 1, "PCM_16", format="WAV") as file:
        for _ in range(100):
            file.write(np.zeros(160))
            time.sleep(0.005)
except KeyboardInterrupt:
    sys.exit(7)
"""


@pytest.mark.parametrize("method", ["write", "seek", "tell"])
def test_a_signal_in_a_callback_of_libsndfile_unwinds_behind_it(method: str) -> None:
    done = stopped(method, "raise_interrupt")
    assert (done.returncode, done.stderr) == (7, "")


def test_what_is_raised_in_the_callback_itself_is_printed() -> None:
    """Else nothing would have to be put off."""
    assert "Exception ignored from cffi callback" in stopped("seek", "signal.default_int_handler").stderr


def stopped(method: str, handler: str) -> subprocess.CompletedProcess[str]:
    program = STOPPED_WHILE_WRITING.format(method=method, handler=handler)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
