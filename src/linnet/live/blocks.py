"""Blocks of one channel in, as many samples out: the denoiser with strength and bypass, at a constant latency.

Mirror of engine/ports/plugin/plugin.c, at any sample rate. It knows nothing of devices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linnet.runtime import Denoiser

Sound = npt.NDArray[np.float32]

RAMP_SECONDS = 0.02
"""From one mixture to another, so that no step is heard."""


@dataclass
class Controls:
    """What a person may change while sound passes: `strength` is the share of cleaned sound, 0 to 1."""

    strength: float = 1.0
    is_bypassed: bool = False

    @property
    def mixture(self) -> float:
        """The share of cleaned sound that is wanted now."""
        return 0.0 if self.is_bypassed else self.strength


class BlockDenoiser:
    """One channel: `process` takes a block of any size and gives as many samples, `latency_samples` later."""

    def __init__(self, denoiser: Denoiser, sample_rate_hz: int, controls: Controls) -> None:
        """Begin at rest.

        Raises:
            ValueError: the rate is no whole number from 8000.
        """
        self.controls = controls
        self._stream = denoiser.stream(sample_rate_hz=sample_rate_hz)
        taken = denoiser.model.nearest_format(sample_rate_hz)
        # At a rate of the engine whole hops come back; a hop of silence ahead makes every block complete.
        ahead = int(taken.hop) if int(taken.sample_rate_hz) == sample_rate_hz else 0
        self.latency_samples = self._stream.delay_samples + ahead
        self._cleaned = np.zeros(ahead, np.float32)
        self._input = np.zeros(self.latency_samples, np.float32)
        self._step = np.float32(1 / (RAMP_SECONDS * sample_rate_hz))
        self._mixture = np.float32(controls.mixture)

    def process(self, block: Sound) -> Sound:
        """Give the samples now due for [n] more: float32 [n]."""
        count = len(block)
        self._cleaned = np.concatenate((self._cleaned, self._stream.push(block)))
        self._input = np.concatenate((self._input, block))
        cleaned, self._cleaned = self._cleaned[:count], self._cleaned[count:]
        before, self._input = self._input[:count], self._input[count:]
        return self._mixed(before, cleaned)

    def _mixed(self, before: Sound, cleaned: Sound) -> Sound:
        """Input and cleaned sound of one time, mixed; either end of the mixture is exactly one of the two."""
        target = np.float32(self.controls.mixture)
        if self._mixture == target:
            if target in (0, 1):
                return cleaned if target == 1 else before
            return before + target * (cleaned - before)
        steps = self._step * np.arange(1, len(before) + 1, dtype=np.float32)
        moved = self._mixture + np.sign(target - self._mixture) * steps
        low, high = sorted((self._mixture, target))
        share = np.clip(moved, low, high)
        self._mixture = share[-1] if len(share) else self._mixture
        return before + share * (cleaned - before)
