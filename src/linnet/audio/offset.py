"""A constant offset of samples, followed and removed: a hop at a time, as the engine does it (stft.c: take_offset).

Electronics add one; it is no sound, but leaks into the lowest bins and stands above quiet speech. The mean of a stream
follows the means of its hops, at first all alike, later each with the weight alpha. Between two hops it moves along a
straight line. A hop whose mean is exactly 0 is digital silence: nothing is removed from it, nothing learned.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linnet.audio.stft import FrontEnd
from linnet.audio.sums import lane_sum

Signal = NDArray[np.float32]
Array = Any
"""A NumPy or a JAX array."""

MOST_HOPS_ALIKE = 1 << 20


class Offset(NamedTuple):
    """The running mean [...], and of how many hops it is the mean."""

    value: Array
    hops: Array


def no_offset(shape: tuple[int, ...] = ()) -> Offset:
    """Where every stream begins."""
    return Offset(np.zeros(shape, np.float32), np.zeros(shape, np.int32))


def hop_mean(hop: Array) -> Array:
    """Mean of [..., hop] in the order in which the engine sums: [...]."""
    return lane_sum(hop) * np.float32(1 / np.float32(hop.shape[-1]))


def mean_step(offset: Offset, mean: Array, front_end: FrontEnd) -> tuple[Offset, Array]:
    """The running mean after a hop of this mean [...], and where the line to it starts [...]."""
    xp = mean.__array_namespace__()
    silent = mean == 0
    hops = xp.where(silent, offset.hops, xp.minimum(offset.hops + 1, MOST_HOPS_ALIKE))
    alike = np.float32(1) / xp.maximum(hops, 1).astype(np.float32)
    alpha = xp.maximum(alike, front_end.offset_alpha)
    value = xp.where(silent, offset.value, offset.value + alpha * (mean - offset.value))
    return Offset(value, hops), xp.where(hops == 1, value, offset.value)


def less_line(hop: Array, mean: Array, start: Array, end: Array) -> Array:
    """Hops [..., hop] of these means without the lines from `start` to `end`, all [...]; digital silence stays."""
    xp = hop.__array_namespace__()
    size = hop.shape[-1]
    slope = (end - start) * (np.float32(1) / np.float32(size))
    places = xp.arange(1, size + 1, dtype=np.float32)
    less = hop - (start[..., None] + slope[..., None] * places)
    return xp.where((mean == 0)[..., None], hop, less)


def offset_step(offset: Offset, hop: Signal, front_end: FrontEnd) -> tuple[Offset, Signal]:
    """One hop [..., hop]: the next running mean, and the hop without it."""
    mean = np.asarray(hop_mean(hop))
    following, start = mean_step(offset, mean, front_end)
    return following, less_line(hop, mean, start, following.value)


def without_offset(clip: Signal, front_end: FrontEnd) -> Signal:
    """A whole clip, hop for hop what `offset_step` makes of it: float32 [..., samples], of any length."""
    samples, hop = clip.shape[-1], front_end.hop
    padded = np.pad(clip, [(0, 0)] * (clip.ndim - 1) + [(0, -samples % hop)])
    hops = padded.reshape(*clip.shape[:-1], -1, hop)
    offset, cleaned = no_offset(clip.shape[:-1]), np.empty_like(hops)
    for t in range(hops.shape[-2]):
        offset, cleaned[..., t, :] = offset_step(offset, hops[..., t, :], front_end)
    return cleaned.reshape(padded.shape)[..., :samples]
