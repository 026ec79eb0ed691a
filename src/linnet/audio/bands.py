"""Bins of a spectrum merged into bands, and gains of bands spread over bins again.

High bins say little that their neighbours do not, and a model's first and last matrix hold a weight for each: with
bands of a constant share of their frequency (constant Q: Brown, "Calculation of a constant Q spectral transform",
1991) those matrices are a quarter as large. NumPy or JAX arrays come, and answers are of that kind.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = Any


def band_starts(bins: int, ratio: int) -> NDArray[np.int64]:
    """The first bin of every band, as wide as its first bin / `ratio`, but at least one bin; a ratio of 0 merges none.

    So bins below 2 `ratio` stay by themselves: 16 keeps those up to 1 kHz (of 31.25 Hz each) and makes 70 bands of 257.
    """
    starts = [0]
    while ratio and starts[-1] + max(1, starts[-1] // ratio) < bins:
        starts.append(starts[-1] + max(1, starts[-1] // ratio))
    return np.asarray(starts if ratio else range(bins))


def merged(values: Array, starts: NDArray[np.int64]) -> Array:
    """Means over bands: float32 [..., bins] to [..., bands]."""
    bins = values.shape[-1]
    if len(starts) == bins:
        return values
    xp, ends = values.__array_namespace__(), np.append(starts[1:], bins)
    bin_numbers = np.arange(bins)[:, None]
    inside = (starts <= bin_numbers) & (bin_numbers < ends)
    return values @ xp.asarray((inside / (ends - starts)).astype(np.float32))


def spread(gains: Array, starts: NDArray[np.int64], bins: int) -> Array:
    """Gains of bins from those of bands, by straight lines between the middles: float32 [..., bands] to [..., bins].

    Below the first middle and above the last the nearest band's gain holds.
    """
    if len(starts) == bins:
        return gains
    xp = gains.__array_namespace__()
    band, share = between(starts, bins)
    shares = np.zeros((len(starts), bins), np.float32)
    every = np.arange(bins)
    shares[band, every] = 1 - share
    shares[band + 1, every] += share
    return gains @ xp.asarray(shares)


def between(starts: NDArray[np.int64], bins: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Between the middles of which band and the next each bin lies, and how far: [bins] in 0..bands-2, and in 0..1."""
    doubled = starts + np.append(starts[1:], bins) - 1  # middles lie on bins or halfway between two
    every = 2 * np.arange(bins)
    band = np.clip(np.searchsorted(doubled, every, side="right") - 1, 0, len(starts) - 2)
    share = (every - doubled[band]).astype(np.float32) / (doubled[band + 1] - doubled[band]).astype(
        np.float32
    )
    return band, np.clip(share, 0, 1).astype(np.float32)
