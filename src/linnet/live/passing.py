"""Sound passing through, block by block, in the callback of a device: levels, load, underruns, lost input, recorders.

The callback runs in a thread of the audio library. It never waits: recorders take blocks from a queue.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np

from linnet.live.blocks import BlockDenoiser, Sound
from linnet.live.lost import LostSound

SILENCE_DB = -120.0

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


class Passing:
    """The callback of a stream of float32 [n, 1] in and [n, channels] out."""

    def __init__(
        self, denoiser: BlockDenoiser, sample_rate_hz: int, listener: Listener | None = None
    ) -> None:
        self.counts = Counts()
        self.lost = LostSound(sample_rate_hz)
        self.error: Exception | None = None
        self._denoiser, self._rate_hz, self._listener = denoiser, sample_rate_hz, listener
        self._busy_seconds = 0.0

    def __call__(self, sound_in: Sound, sound_out: Sound, frames: int, _time: Any, status: Any) -> None:
        """Fill the output. What goes wrong is kept in `error`, and silence is played."""
        began = time.perf_counter()
        self.lost.take(frames)
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
        self._count(before, after, time.perf_counter() - began)

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
