"""Sound passing through, block by block, in the callback of a device: levels, load, underruns, lost input, recorders.

The callback runs in a thread of the audio library. It never waits: recorders take blocks from a queue.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np

from linnet.live.blocks import BlockDenoiser, Sound

SILENCE_DB = -120.0
LAG_BLOCKS = 100  # one block of so many comes in time

Listener = Callable[[Sound, Sound], None]
"""Hears each block before and after, and must return at once."""


@dataclass
class Counts:
    """What has passed so far. Levels are of the newest block, dBFS of the root mean square; load is a share of time."""

    blocks: int = 0
    samples: int = 0
    before_db: float = SILENCE_DB
    after_db: float = SILENCE_DB
    mean_load: float = 0.0
    highest_load: float = 0.0
    input_overflows: int = 0
    output_underflows: int = 0
    missing_seconds: float = 0.0
    """How much less sound came than time passed. What a sound server drops without a word shows here; so does a slow
    clock of the device, by about 0.01 %."""


class Passing:
    """The callback of a stream of float32 [n, 1] in and [n, channels] out; `clock` tells seconds."""

    def __init__(
        self,
        denoiser: BlockDenoiser,
        sample_rate_hz: int,
        listener: Listener | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.counts = Counts()
        self.error: Exception | None = None
        self._denoiser, self._rate_hz, self._listener, self._clock = denoiser, sample_rate_hz, listener, clock
        self._busy_seconds = 0.0
        self._first_lags: list[float] = []
        self._last_lags: deque[float] = deque(maxlen=LAG_BLOCKS)

    def __call__(self, sound_in: Sound, sound_out: Sound, frames: int, _time: Any, status: Any) -> None:
        """Fill the output. What goes wrong is kept in `error`, and silence is played."""
        began = self._clock()
        self.counts.input_overflows += bool(status.input_overflow)
        self.counts.output_underflows += bool(status.output_underflow)
        if self.error is not None:
            sound_out[:] = 0
            return
        try:
            before = sound_in[:, 0].copy()
            after = self._denoiser.process(before)
            sound_out[:] = after[:, np.newaxis]
            if self._listener is not None:
                self._listener(before, after)
        except Exception as error:
            self.error = error
            sound_out[:] = 0
            return
        self._follow_clock(began)
        self._count(before, after, self._clock() - began)

    def _follow_clock(self, now: float) -> None:
        """A block may come late, and the next ones catch up; what no block of many catches up with has been lost."""
        lag = now - self.counts.samples / self._rate_hz
        if len(self._first_lags) < LAG_BLOCKS:
            self._first_lags.append(lag)
        self._last_lags.append(lag)
        self.counts.missing_seconds = max(0.0, min(self._last_lags) - min(self._first_lags))

    def _count(self, before: Sound, after: Sound, seconds: float) -> None:
        counts = self.counts
        counts.blocks += 1
        counts.samples += len(before)
        counts.before_db, counts.after_db = level_db(before), level_db(after)
        self._busy_seconds += seconds
        counts.mean_load = self._busy_seconds * self._rate_hz / counts.samples
        counts.highest_load = max(counts.highest_load, seconds * self._rate_hz / len(before))


def level_db(sound: Sound) -> float:
    """The root mean square in dB of full scale; at least SILENCE_DB."""
    if not len(sound):
        return SILENCE_DB
    power = float(np.dot(sound, sound)) / len(sound)
    return max(SILENCE_DB, 10 * log10(power)) if power > 0 else SILENCE_DB
