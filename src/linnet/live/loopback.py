"""The round trip of a pair of devices, measured: a burst of noise is played, and looked for in what is heard."""

from __future__ import annotations

from typing import Any

import numpy as np

from linnet.live.blocks import Sound

BURST_SECONDS, QUIET_SECONDS, WAIT_SECONDS = 0.1, 0.5, 1.5
LEVEL = 0.25
LEAST_LIKENESS = 0.3
"""Cosine between the burst and what was heard of it, below which nothing was found."""


class Loopback:
    """The callback that plays silence and the burst, and keeps what it hears."""

    def __init__(self, sample_rate_hz: int) -> None:
        rng = np.random.default_rng(1)
        self._burst = (LEVEL * rng.uniform(-1, 1, round(BURST_SECONDS * sample_rate_hz))).astype(np.float32)
        quiet = np.zeros(round(QUIET_SECONDS * sample_rate_hz), np.float32)
        rest = np.zeros(round(WAIT_SECONDS * sample_rate_hz), np.float32)
        self._begins = len(quiet)
        self._played = np.concatenate((quiet, self._burst, rest))
        self._heard = np.zeros(0, np.float32)
        self._rate_hz = sample_rate_hz

    @property
    def seconds(self) -> float:
        """The length of what is played."""
        return len(self._played) / self._rate_hz

    @property
    def is_done(self) -> bool:
        """Whether all was played."""
        return len(self._heard) >= len(self._played)

    def __call__(self, sound_in: Sound, sound_out: Sound, frames: int, _time: Any, _status: Any) -> None:
        """Play the next block, and keep the one that came."""
        place = len(self._heard)
        part = self._played[place : place + frames]
        sound_out[: len(part)] = part[:, np.newaxis]
        sound_out[len(part) :] = 0
        self._heard = np.concatenate((self._heard, sound_in[:, 0]))

    def round_trip_seconds(self) -> float | None:
        """From output to input; None where the burst was not heard."""
        heard = self._heard[self._begins :].astype(np.float64)
        burst = self._burst.astype(np.float64)
        likeness = np.correlate(heard, burst, mode="valid")
        place = int(np.argmax(np.abs(likeness)))
        part = heard[place : place + len(burst)]
        scale = float(np.linalg.norm(part) * np.linalg.norm(burst))
        if scale == 0 or abs(likeness[place]) < LEAST_LIKENESS * scale:
            return None
        return place / self._rate_hz
