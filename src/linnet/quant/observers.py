"""What an observer says of a wire: the size that its scale must hold, per feature.

An observer is a function of values [frames, batch, features] to sizes [features]; over several batches the largest
counts.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jax import Array

Observer = Callable[[Array], Array]


def largest(values: Array) -> Array:
    """The largest absolute value of every feature: nothing heard in calibration is clipped."""
    return jnp.max(jnp.abs(values), axis=tuple(range(values.ndim - 1)))


def percentile(percent: float) -> Observer:
    """An observer that leaves out the largest 100 - `percent` % of every feature's absolute values."""
    if not 0 < percent <= 100:
        raise ValueError(f"percentile({percent}) is outside (0, 100], so it names no value; 99.99 is usual.")

    def observe(values: Array) -> Array:
        flat = jnp.abs(values).reshape(-1, values.shape[-1])
        return jnp.percentile(flat, percent, axis=0)

    return observe
