"""Denoisers that are compared by ear: ours in this process, others as commands that read one WAV file and write one.

What is known of each, and from where, are its `Facts`. The commands of packaged denoisers stand in packaged.py.
"""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from linnet.audio.alignment import lag_of, shifted
from linnet.audio.files import AudioError, read_audio, write_audio
from linnet.audio.resample import resample
from linnet.bench.guests import GuestFailed
from linnet.bench.machine import one_core
from linnet.runtime import Denoiser

Signal = NDArray[np.float32]

LONGEST_SECONDS = 600.0
LARGEST_DELAY_MS = 200.0
"""Delays up to this are found by correlation."""

TIMED_SECONDS = (2.0, 12.0)
"""A denoiser is timed on both; the difference leaves out what its start takes."""

TIMED_TRIES = 3


@dataclass(frozen=True)
class Facts:
    """What is known of a denoiser beside its sound. None: not known.

    `macs_from` says whether products were counted or stated by somebody; `delay_from` likewise.
    """

    dense_macs_per_s: float | None = None
    effective_macs_per_s: float | None = None
    macs_from: str = ""
    delay_ms: float | None = None
    delay_from: str = ""
    version: str = ""


class Cleaner(Protocol):
    """A denoiser under test."""

    @property
    def name(self) -> str:
        """What the tables call it."""

    @property
    def facts(self) -> Facts:
        """What is known of it."""

    def clean(self, noisy: Signal, rate_hz: int) -> Signal:
        """Clean a mono recording [samples] to the same length, aligned with it."""


@dataclass(frozen=True)
class Untouched:
    """The noisy recording as it is."""

    name: str = "noisy"
    facts: Facts = field(default_factory=Facts)

    def clean(self, noisy: Signal, rate_hz: int) -> Signal:
        """Return it."""
        return noisy


@dataclass(frozen=True)
class OwnModel:
    """A model of Linnet in its engine."""

    name: str
    denoiser: Denoiser
    facts: Facts

    def clean(self, noisy: Signal, rate_hz: int) -> Signal:
        """Clean a recording [samples]."""
        return np.asarray(self.denoiser(noisy, sample_rate_hz=rate_hz, full_scale=1.0), np.float32)


@dataclass
class CommandCleaner:
    """Another denoiser, started once for each recording: `words` with {in} and {out}, which are WAV files.

    Its output is aligned by `lag_ms`; where that is None, `find_lag` measures it. The first channel is taken, and
    another sample rate is resampled.
    """

    name: str
    words: Sequence[str]
    facts: Facts = field(default_factory=Facts)
    lag_ms: float | None = None

    def clean(self, noisy: Signal, rate_hz: int) -> Signal:
        """Clean a recording [samples], aligned.

        Raises:
            GuestFailed: the command fails, or writes nothing that can be read.
        """
        lag = round((self.lag_ms or 0.0) * rate_hz / 1000)
        return shifted(self._run(noisy, rate_hz), lag, noisy.size)

    def find_lag(self, clips: Sequence[tuple[Signal, int]]) -> None:
        """Measure the delay of its output where it is not known: the median over some noisy clips."""
        if self.lag_ms is None:
            lags = [
                1000 * lag_of(clip, self._run(clip, hz), most=round(LARGEST_DELAY_MS * hz / 1000)) / hz
                for clip, hz in clips
            ]
            self.lag_ms = float(median(lags))

    def _run(self, noisy: Signal, rate_hz: int) -> Signal:
        with TemporaryDirectory(prefix="linnet-peer-") as folder:
            paths = {"{in}": Path(folder) / "in.wav", "{out}": Path(folder) / "out.wav"}
            write_audio(paths["{in}"], noisy, rate_hz)
            words = [_filled(word, paths) for word in self.words]
            try:
                done = subprocess.run(
                    words, capture_output=True, stdin=subprocess.DEVNULL, timeout=LONGEST_SECONDS, check=False
                )
                if done.returncode != 0:
                    raise GuestFailed(self._failure(_last_line(done.stderr) or f"code {done.returncode}"))
                heard, heard_hz = read_audio(paths["{out}"])
            except (OSError, subprocess.TimeoutExpired, AudioError) as error:
                raise GuestFailed(self._failure(str(error))) from error
        first = heard[:, 0]
        return first if heard_hz == rate_hz else resample(first, heard_hz, rate_hz)

    def _failure(self, reason: str) -> str:
        return (
            f"{self.name} did not clean a recording ({reason}), so it cannot be compared; try "
            f"{shlex.join(self.words)} by hand, with WAV files for {{in}} and {{out}}."
        )


def _filled(word: str, paths: dict[str, Path]) -> str:
    for mark, path in paths.items():
        word = word.replace(mark, str(path))
    return word


def _last_line(text: bytes) -> str:
    lines = text.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def command_cleaner(text: str) -> CommandCleaner:
    """A cleaner from NAME=COMMAND, whose words hold {in} and {out}; NAME@MS gives the delay of its output.

    Raises:
        ValueError: the text has another form.
    """
    name, equals, command = text.partition("=")
    name, at, delay = name.partition("@")
    try:
        words, lag_ms = shlex.split(command), float(delay) if at else None
    except ValueError:
        words, lag_ms = [], None
    if not (name and equals and all(any(mark in word for word in words) for mark in ("{in}", "{out}"))):
        raise ValueError(
            f"{text!r} is no denoiser to compare with; give NAME=COMMAND with {{in}} and {{out}} in the command, as in "
            "'mine=denoise {in} {out}', or NAME@20=COMMAND where its output is 20 ms late."
        )
    return CommandCleaner(name, words, Facts(macs_from="not stated"), lag_ms)


def real_time_factor(cleaner: Cleaner, clip: Signal, rate_hz: int) -> float:
    """Seconds of computing for a second of sound [samples], on one core; what its start takes is left out.

    The clip is repeated to two lengths; of each the shortest of three runs counts, and the lengths take turns.
    """
    short, long = (np.resize(clip, round(seconds * rate_hz)) for seconds in TIMED_SECONDS)
    times: dict[int, float] = {}
    with one_core():
        for _ in range(TIMED_TRIES):
            for sound in (short, long):
                start = time.perf_counter()
                cleaner.clean(sound, rate_hz)
                spent = time.perf_counter() - start
                times[sound.size] = min(spent, times.get(sound.size, spent))
    return (times[long.size] - times[short.size]) / (TIMED_SECONDS[1] - TIMED_SECONDS[0])
