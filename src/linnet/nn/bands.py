"""Bands of bins: a matrix that shows every band only its neighbourhood, and the way from many bands to few features.

The lower half of the bands shares the lowest quarter of the bins, the upper half the rest: at 16 kHz, bands below
2 kHz are a third as wide as those above. `Banded` maps features to the channels of each band, or these to gains, by
weights of near bins and bands alone. `Squeeze` leads from all bands to a few features, where the layers in the middle
work, and back. The layers before and after it have one set of weights for all bands (network.py). Source of the idea:
FullSubNet, Hao et al., arXiv:2010.15508, and Spiking-FullSubNet, arXiv:2410.04785, whose sub-band models share weights.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.nn.blocks import Pattern, block_affine, pattern_of
from linnet.nn.init import lecun_normal
from linnet.nn.layers import Linear
from linnet.nn.taps import Tap, passthrough

UPPER_WIDTH = 3  # an upper band is as wide as three lower ones: half the bands on a quarter of the bins
BLOCKS = 4  # in which a matrix of bands is multiplied; 2 and 8 take longer (docs/results/training.md)
LEAST_BANDS = 4
NOWHERE = -1  # the index of what lies beyond an end


@dataclass(frozen=True)
class BandLayout:
    """`bands` bands of `channels` channels over `bins` bins; of the lowest `phase_bins` there are phases, too.

    Features are sizes [bins], then cosines and sines [phase_bins] each; gains are [bins], then turns [phase_bins].
    """

    bands: int
    channels: int
    bins: int
    phase_bins: int = 0

    def __post_init__(self) -> None:
        if self.channels < 1:
            raise ValueError(f"band_channels={self.channels} show a band nothing; give 1 or more, e.g. 12.")
        if self.bands < LEAST_BANDS:
            raise ValueError(
                f"bands={self.bands} are too few to have narrow ones below and wide ones above; choose an even number "
                f"from {LEAST_BANDS} on, e.g. 32."
            )
        if self.bands % 2 or (self.bins - 1) % (2 * self.bands):
            raise ValueError(
                f"bands={self.bands} do not divide {self.bins - 1} bins, half of them among the lowest quarter; choose "
                "an even number that goes into half of the bins, e.g. 16 or 32 at window 512."
            )

    @property
    def width(self) -> int:
        """Channels of all bands together."""
        return self.bands * self.channels

    def stretches(self) -> tuple["Stretch", ...]:
        """Runs of bands with equally many bins, lowest first; the last band has one bin more."""
        narrow, half = (self.bins - 1) // (2 * self.bands), self.bands // 2
        wide = UPPER_WIDTH * narrow
        return (
            Stretch(0, half, 0, narrow),
            Stretch(half, half - 1, half * narrow, wide),
            Stretch(self.bands - 1, 1, self.bins - 1 - wide, wide + 1),
        )


class Stretch(NamedTuple):
    """`bands` bands from `band` on, of `size` bins each, the first of which is `bin`."""

    band: int
    bands: int
    bin: int
    size: int


class Places(NamedTuple):
    """Where the weights of a part stand in the whole matrix: rows [n], and a column for each weight [n, inputs]."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


@lru_cache(maxsize=64)
def encoder_places(layout: BandLayout) -> tuple[Places, ...]:
    """Per stretch: every channel of a band reads the band's bins and half as many on each side, phases where known."""
    parts = []
    for stretch in layout.stretches():
        margin = stretch.size // 2
        columns = []
        for i in range(stretch.bands):
            first = stretch.bin + i * stretch.size
            seen = np.arange(first - margin, first + stretch.size + margin)
            sizes = np.where((seen >= 0) & (seen < layout.bins), seen, NOWHERE)
            if stretch.bin < layout.phase_bins:
                known = (seen >= 0) & (seen < layout.phase_bins)
                phases = [
                    np.where(known, layout.bins + k * layout.phase_bins + seen, NOWHERE) for k in (0, 1)
                ]
                sizes = np.concatenate([sizes, *phases])
            columns += [sizes] * layout.channels
        rows = stretch.band * layout.channels + np.arange(stretch.bands * layout.channels)
        parts.append(Places(rows, np.stack(columns)))
    return tuple(parts)


@lru_cache(maxsize=64)
def decoder_places(layout: BandLayout) -> tuple[Places, ...]:
    """Per stretch: every gain, and every turn, is answered from the channels of its own band and the two beside it."""
    parts = []
    for stretch in layout.stretches():
        rows, columns = [], []
        for i in range(stretch.bands):
            band = stretch.band + i
            seen = np.arange((band - 1) * layout.channels, (band + 2) * layout.channels)
            seen = np.where((seen >= 0) & (seen < layout.width), seen, NOWHERE)
            bins = stretch.bin + i * stretch.size + np.arange(stretch.size)
            answered = np.concatenate([bins, layout.bins + bins[bins < layout.phase_bins]])
            rows.append(answered)
            columns += [seen] * len(answered)
        parts.append(Places(np.concatenate(rows), np.stack(columns)))
    return tuple(parts)


@lru_cache(maxsize=64)
def banded_pattern(layout: BandLayout, *, decodes: bool) -> Pattern:
    """The blocks in which the whole matrix is multiplied."""
    outputs, inputs = _shape(layout, decodes=decodes)
    places = np.zeros((outputs, inputs + 1), bool)  # the last column: beyond an end
    for rows, columns in (decoder_places if decodes else encoder_places)(layout):
        places[rows[:, None], columns] = True
    return pattern_of(places[:, :inputs], BLOCKS)


def _shape(layout: BandLayout, *, decodes: bool) -> tuple[int, int]:
    """Rows and columns of the whole matrix."""
    if decodes:
        return layout.bins + layout.phase_bins, layout.width
    return layout.width, layout.bins + 2 * layout.phase_bins


class Part(eqx.Module):
    """The weights of one stretch [rows, inputs]."""

    weight: Array


class Banded(eqx.Module):
    """y = W x + b where W is 0 but for near bins and bands; `parts` hold the rest of W, b [out].

    Weights whose column lies beyond an end are 0 and multiply nothing.
    """

    parts: tuple[Part, ...]
    bias: Array
    layout: BandLayout = eqx.field(static=True)
    decodes: bool = eqx.field(static=True)

    @classmethod
    def create(cls, rng: np.random.Generator, layout: BandLayout, *, decodes: bool) -> "Banded":
        """Features to channels, or (`decodes`) channels to gains: random weights that keep the variance, no bias."""
        places = (decoder_places if decodes else encoder_places)(layout)
        outputs, _ = _shape(layout, decodes=decodes)
        weights = (lecun_normal(rng, *each.columns.shape) * (each.columns != NOWHERE) for each in places)
        parts = tuple(Part(jnp.asarray(each, jnp.float32)) for each in weights)
        return cls(parts, jnp.zeros(outputs, jnp.float32), layout, decodes)

    @property
    def places(self) -> tuple[Places, ...]:
        """Where the weights of every part stand."""
        return (decoder_places if self.decodes else encoder_places)(self.layout)

    @property
    def inputs(self) -> int:
        """Columns of W."""
        return _shape(self.layout, decodes=self.decodes)[1]

    def __call__(self, x: Array, *, tap: Tap = passthrough) -> Array:
        """x [..., in] to y [..., out]; the tap sees "parts.0.weight" and so on, and "bias"."""
        weights = [tap(f"parts.{i}.weight", part.weight) for i, part in enumerate(self.parts)]
        pattern = banded_pattern(self.layout, decodes=self.decodes)
        return block_affine(x, self.assembled(weights), tap("bias", self.bias), pattern)

    def assembled(self, weights: list[Array]) -> Array:
        """W [out, in] with these weights of the parts."""
        whole = jnp.zeros((self.bias.size, self.inputs), weights[0].dtype)
        for weight, (rows, columns) in zip(weights, self.places, strict=True):
            beyond = np.where(columns == NOWHERE, self.inputs, columns)
            whole = whole.at[rows[:, None], beyond].add(weight, mode="drop", unique_indices=True)
        return whole

    def folded(self, multiplier: Array, addend: Array) -> "Banded":
        """The map of x that equals this one of multiplier * x + addend [in]."""
        bias = self.bias + self.assembled([part.weight for part in self.parts]) @ addend
        beyond = jnp.concatenate([multiplier, jnp.zeros(1, multiplier.dtype)])
        parts = (
            Part(part.weight * beyond[columns])  # of NOWHERE, -1, the last
            for part, (_, columns) in zip(self.parts, self.places, strict=True)
        )
        return Banded(tuple(parts), bias, self.layout, self.decodes)


class Squeeze(eqx.Module):
    """From the channels of all bands to few features (`down`), and back (`up`), to be added to what went in."""

    down: Linear
    up: Linear

    @classmethod
    def create(cls, rng: np.random.Generator, wide: int, narrow: int) -> "Squeeze":
        """Random matrices that keep the variance of their input."""
        return cls(Linear.create(rng, wide, narrow), Linear.create(rng, narrow, wide))
