"""The front end of exported C at the sample rate that was asked for. Mirror of rates.c: ln_front_end_at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linnet.ir.program import FrontEndSpec

SIXTEENTHS = {
    hz: hz // 1000 for hz in (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000)
}
"""Rates in Hz, and how many sixteenths of the window at 16 kHz theirs has."""


@dataclass(frozen=True)
class RatedSpec:
    """A model's front end, `own`, with the window and hop of a sample rate."""

    own: FrontEndSpec
    sample_rate_hz: int
    window: int
    hop: int

    @property
    def bins(self) -> int:
        """Bins of the spectrum; the model knows the lowest `own.bins`."""
        return self.window // 2 + 1

    @property
    def synthesis_length(self) -> int:
        """How many samples at the end of a window come out."""
        return self.own.synthesis_length * self.window // self.own.window

    @property
    def level_alpha(self) -> float:
        """Step of the running level in a hop of this length."""
        return self._step(self.own.level_alpha)

    @property
    def offset_alpha(self) -> float:
        """Step of the running mean of samples in a hop of this length."""
        return self._step(self.own.offset_alpha)

    def _step(self, alpha: float) -> float:
        own_hop_s, hop_s = self.own.hop * self.sample_rate_hz, self.hop * self.own.sample_rate_hz
        return float(np.float32(alpha * (hop_s / own_hop_s)))


def rated(own: FrontEndSpec, sample_rate_hz: int | None = None) -> RatedSpec:
    """The front end at a rate; None is the model's own.

    Raises:
        ValueError: the model has no whole window at this rate.
    """
    if sample_rate_hz in (None, own.sample_rate_hz):
        return RatedSpec(own, own.sample_rate_hz, own.window, own.hop)
    to, now = SIXTEENTHS.get(sample_rate_hz, 0), SIXTEENTHS.get(own.sample_rate_hz, 0)
    if not (to and now) or own.window * to % (4 * now) or own.hop * to % now or own.window * to // now < 16:
        raise ValueError(
            f"{sample_rate_hz} Hz came, at which a window of {own.window} samples at {own.sample_rate_hz} Hz is not "
            f"whole; give one of {', '.join(map(str, SIXTEENTHS))} Hz, and resample to it."
        )
    return RatedSpec(own, sample_rate_hz, own.window * to // now, own.hop * to // now)
