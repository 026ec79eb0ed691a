"""What an observer says of a wire: the size that its scale must hold, per feature.

It looks at one batch at a time and keeps few numbers of it, so that calibration is one pass in bounded memory.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.quant.octaves import OCTAVES, SMALLEST, least_error_size
from linnet.quant.scheme import Scheme

Seen = NDArray[np.float64]
"""What is kept of a wire: [..., features]."""


class Observer(NamedTuple):
    """How a wire is measured.

    `look` sees values [frames, batch, features] under jit and answers with what is to be kept, [..., features];
    `both` makes one of what is kept of two batches; `sizes` makes sizes [features] of the name of a wire and what is
    kept of it.
    """

    look: Callable[[Array], Array]
    both: Callable[[Seen, Seen], Seen]
    sizes: Callable[[str, Seen], NDArray[np.float64]]


def _as_seen(name: str, seen: Seen) -> NDArray[np.float64]:
    del name
    return seen


def _largest(values: Array) -> Array:
    return jnp.max(jnp.abs(values), axis=tuple(range(values.ndim - 1)))


largest = Observer(_largest, np.maximum, _as_seen)
"""The largest absolute value of every feature: nothing heard in calibration is clipped."""


def percentile(percent: float) -> Observer:
    """An observer that leaves out the largest 100 - `percent` % of every feature's absolute values in a batch.

    Over several batches the largest counts.
    """
    if not 0 < percent <= 100:
        raise ValueError(f"percentile({percent}) is outside (0, 100], so it names no value; 99.99 is usual.")

    def look(values: Array) -> Array:
        flat = jnp.abs(values).reshape(-1, values.shape[-1])
        return jnp.percentile(flat, percent, axis=0)

    return Observer(look, np.maximum, _as_seen)


def least_squares(scheme: Scheme) -> Observer:
    """An observer that chooses, for the bits of `scheme`, the power of two with the least squared error of codes.

    The error is that of rounding and of saturation, over all features of a wire, which share an exponent; of every
    state by itself, since states have exponents of their own. The headroom of the scheme still comes on top.
    """

    def sizes(name: str, seen: Seen) -> NDArray[np.float64]:
        features = seen.shape[-1]
        if name.rsplit(".", 1)[-1] in ("state", "state_relu", "drive"):
            together = seen.reshape(*seen.shape[:-1], 2, features // 2).sum(axis=-2)
            return np.tile(least_error_size(together, scheme.wire_bits(name)), 2)
        together = seen.sum(axis=-1, keepdims=True)
        return np.full(features, least_error_size(together, scheme.wire_bits(name)))

    return Observer(_by_octaves, np.add, sizes)


def observer_of(scheme: Scheme) -> Observer:
    """The observer by which a scheme has its wires measured, unless told otherwise."""
    return least_squares(scheme) if scheme.wire_fit == "least-squares" else largest


def _by_octaves(values: Array) -> Array:
    """Number, sum and sum of squares of the absolute values in every octave, zeros left out: [3, OCTAVES, features]."""
    flat = jnp.abs(values).reshape(-1, values.shape[-1])
    octave = jnp.clip(jnp.frexp(flat)[1] - 1 - SMALLEST, 0, OCTAVES - 1)
    moments = jnp.stack([jnp.sign(flat), flat, flat * flat], axis=-1)
    empty = jnp.zeros((OCTAVES, flat.shape[-1], 3), flat.dtype)
    counted = empty.at[octave, jnp.arange(flat.shape[-1])].add(moments)
    return jnp.moveaxis(counted, -1, 0)
