"""Other denoisers as commands: aligned, and refused with a reason where they break."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from linnet.bench.cleaners import CommandCleaner, Untouched, command_cleaner, real_time_factor
from linnet.bench.guests import GuestFailed

RATE_HZ = 16000

LATE = """import sys, numpy, soundfile
sound, rate = soundfile.read(sys.argv[1])
soundfile.write(sys.argv[2], numpy.concatenate([numpy.zeros(240), 0.5 * sound]), rate)
"""


@pytest.fixture
def late(tmp_path: Path) -> Sequence[str]:
    """A denoiser that halves, 15 ms late."""
    program = tmp_path / "late.py"
    program.write_text(LATE)
    return (sys.executable, str(program), "{in}", "{out}")


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.1, samples).astype(np.float32)


def test_a_command_cleans_and_its_delay_is_measured(late: Sequence[str]) -> None:
    cleaner = CommandCleaner("late", late)
    sound = noise(8000)
    cleaner.find_lag([(sound, RATE_HZ)])
    assert cleaner.lag_ms == 15.0
    heard = cleaner.clean(sound, RATE_HZ)
    assert heard.shape == sound.shape
    assert heard == pytest.approx(0.5 * sound, abs=2**-14)  # two roundings to 16 bits


def test_a_delay_that_is_given_is_not_measured(late: Sequence[str]) -> None:
    cleaner = command_cleaner(f"late@5={' '.join(late)}")
    cleaner.find_lag([(noise(8000), RATE_HZ)])
    assert (cleaner.name, cleaner.lag_ms, cleaner.facts.macs_from) == ("late", 5.0, "not stated")


@pytest.mark.parametrize(
    "text", ["", "name", "=cp {in} {out}", "name=cp {in}", "name@x=cp {in} {out}", "a='{in} {out}"]
)
def test_what_is_no_command_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NAME=COMMAND"):
        command_cleaner(text)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("linnet-has-no-such-program", "{in}", "{out}"), "No such file"),
        ((sys.executable, "-c", "raise SystemExit('it broke')", "{in}", "{out}"), "it broke"),
        ((sys.executable, "-c", "pass", "{in}", "{out}"), "out.wav"),
    ],
)
def test_a_command_that_breaks_says_why(words: Sequence[str], reason: str) -> None:
    with pytest.raises(GuestFailed, match=reason):
        CommandCleaner("broken", words).clean(noise(800), RATE_HZ)


def test_what_a_start_takes_is_not_in_the_real_time_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Untouched):
        """A second to start, and a hundredth of the sound's length."""

        def clean(self, noisy: np.ndarray, rate_hz: int) -> np.ndarray:
            clock[0] += 1.0 + 0.01 * noisy.size / rate_hz
            return noisy

    clock = [0.0]
    monkeypatch.setattr("linnet.bench.cleaners.time.perf_counter", lambda: clock[0])
    assert real_time_factor(Slow(), noise(8000), RATE_HZ) == pytest.approx(0.01)
