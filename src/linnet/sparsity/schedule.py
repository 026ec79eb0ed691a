"""How dense the weights are at each moment of training."""

import jax.numpy as jnp
from jax import Array


def cubic_density(share: Array | float, *, final: float, start: float, end: float) -> Array:
    """The density after this share of all updates: 1 until `start`, `final` from `end`, a cubic between.

    density(t) = final + (1 - final) (1 - (t - start) / (end - start))^3: fast while much is redundant, slow towards
    the end. Source: Zhu and Gupta, "To prune, or not to prune", arXiv:1710.01878.
    """
    left = 1.0 - jnp.clip((share - start) / max(end - start, 1e-9), 0.0, 1.0)
    return final + (1.0 - final) * jnp.where(share >= end, 0.0, left) ** 3
