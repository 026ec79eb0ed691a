"""The front end at other sample rates than the model's: the same bins, no resampler. The engine's rates.c mirrors this.

Window and hop are scaled, so that a bin is as wide as the model's and the lowest bins of the spectrum are the model's
own. Bins that a low rate lacks are shown as its highest ones go on. Those above the model's are turned down together,
as far as its highest ones are. NumPy arrays.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.audio.stft import FrontEnd, cleaned, of_every_bin
from linnet.audio.sums import lane_sum

Spectra = NDArray[np.complex64]
Gains = NDArray[np.float32]

SIXTEENTHS = {
    8000: 8,
    11025: 11,
    12000: 12,
    16000: 16,
    22050: 22,
    24000: 24,
    32000: 32,
    44100: 44,
    48000: 48,
    88200: 88,
    96000: 96,
}
"""Rates in Hz, and how many sixteenths of the window at 16 kHz theirs has: 11 025 Hz rounds by 0.2 %."""

HELD = np.float32(0.75)
"""How large a missing bin is made up, over the mean of the highest present ones."""


@dataclass(frozen=True)
class RatedFrontEnd(FrontEnd):
    """The front end of a model, `own`, at another rate; `bins` are still those that the model knows."""

    own: FrontEnd = field(default_factory=FrontEnd)

    def _check_window(self) -> None:
        """Its window is a multiple of a power of two; `at_rate` has made sure."""

    def _step(self, time_constant_ms: float) -> np.float32:
        """As far as the model's own, times what the hop is longer: to second order the same time constant."""
        longer = self.hop * self.own.sample_rate_hz / (self.own.hop * self.sample_rate_hz)
        return np.float32(float(self.own._step(time_constant_ms)) * longer)

    @property
    def bins(self) -> int:
        """What the model knows."""
        return self.own.bins

    def completed(self, compressed: NDArray[np.float32]) -> NDArray[np.float32]:
        """Those of missing bins are made up: three quarters of the mean of the highest that there are, but the edge.

        Models that were trained at their own rate take silence there for a sign of noise.
        """
        present = self.spectrum_bins
        if present >= self.bins:
            return compressed
        first, end = highest_present(present)
        highest = compressed[..., first:end]
        held = HELD * (lane_sum(highest) * np.float32(1 / np.float32(highest.shape[-1])))
        made_up = np.broadcast_to(held[..., None], (*held.shape, self.bins - present))
        return np.concatenate([compressed[..., :present], made_up], axis=-1).astype(np.float32)

    @property
    def spectrum_bins(self) -> int:
        """From 0 Hz to half the sample rate."""
        return self.window // 2 + 1


def at_rate(own: FrontEnd, sample_rate_hz: int) -> RatedFrontEnd:
    """The front end of a model for sound of another rate.

    Raises:
        ValueError: its window or hop would not be whole samples at this rate.
    """
    to, now = SIXTEENTHS.get(sample_rate_hz, 0), SIXTEENTHS.get(own.sample_rate_hz, 0)
    if sample_rate_hz == own.sample_rate_hz:
        to = now = 1
    if not (to and now) or own.window * to % (4 * now) or own.hop * to % now or own.window * to // now < 16:
        raise ValueError(
            f"sample_rate_hz={sample_rate_hz} has no whole window of {own.window} samples at {own.sample_rate_hz} Hz; "
            f"resample to one of {', '.join(map(str, SIXTEENTHS))} Hz."
        )
    fields = {name: getattr(own, name) for name in own.__dataclass_fields__}
    fields |= {"sample_rate_hz": sample_rate_hz, "window": own.window * to // now, "hop": own.hop * to // now}
    return RatedFrontEnd(**fields, own=own)


def rates_below(sample_rate_hz: int) -> list[int]:
    """Those in Hz that are known and lower."""
    return [rate_hz for rate_hz in SIXTEENTHS if rate_hz < sample_rate_hz]


def lower_rates(own: FrontEnd) -> dict[int, int]:
    """The rates in Hz at which a model lacks bins, and how many of its bins are present there.

    Raises:
        ValueError: there is none, or the model's window or hop would not be whole samples there.
    """
    lower = {}
    for rate_hz in rates_below(own.sample_rate_hz):
        try:
            lower[rate_hz] = at_rate(own, rate_hz).spectrum_bins
        except ValueError:
            raise ValueError(
                f"low_rate_probability shows sound of {rate_hz} Hz too, where window={own.window} and hop={own.hop} at "
                f"{own.sample_rate_hz} Hz are no whole samples; choose a rate and a hop where they are, such as "
                "16000 and 256, or leave it at 0."
            ) from None
    if not lower:
        raise ValueError(
            f"sample_rate_hz={own.sample_rate_hz} is the lowest that is known, so nothing can be recorded at a lower "
            f"one; give a rate above {min(SIXTEENTHS)} Hz, or leave low_rate_probability at 0."
        )
    return lower


def highest_present(present: Any) -> tuple[Any, Any]:
    """First and end of the bins that stand for those above them: of so many that are present, not the edge, where
    recorders cut. Integers or arrays of them."""
    return present * 13 // 16, present - present // 32


def model_spectra(spectra: Spectra, front_end: RatedFrontEnd) -> Spectra:
    """The bins that the model knows: complex64 [..., spectrum_bins] to [..., bins], silence where there are none."""
    known = spectra[..., : front_end.bins]
    missing = front_end.bins - known.shape[-1]
    return np.pad(known, [(0, 0)] * (known.ndim - 1) + [(0, missing)])


def upper_gain(gains: Gains) -> Gains:
    """The gain above the model's bins [...]: the square of the mean over the highest three eighths of [..., bins].

    At 16 kHz those are 5 to 8 kHz.
    """
    highest = gains[..., (gains.shape[-1] - 1) * 5 // 8 :]
    mean = lane_sum(highest) * np.float32(1 / np.float32(highest.shape[-1]))
    return np.where(mean > 0, mean * mean, 0).astype(np.float32)


def cleaned_at_rate(
    spectra: Spectra, gains: Gains, front_end: RatedFrontEnd, *, upper_band: bool = True
) -> Spectra:
    """What a model's answers make of spectra at this rate: complex64 [..., spectrum_bins], float32 [..., gains].

    Without `upper_band` what lies above the model's bins is silent.
    """
    low = cleaned(model_spectra(spectra, front_end), gains, front_end)[..., : front_end.spectrum_bins]
    high = spectra[..., front_end.bins :]
    if not high.shape[-1]:
        return low
    of_bins, _ = of_every_bin(gains, front_end)
    above = upper_gain(of_bins)[..., None] if upper_band else np.float32(0)
    return np.concatenate([low, high * above], axis=-1).astype(np.complex64)
