"""Where the model bends: which of its four wires are rectified, and how much of them passes.

Every ReLU makes zeros that the next matrix need not multiply; which are worth it is a question for validation.
"""

from dataclasses import dataclass
from typing import Literal

import jax
import jax.numpy as jnp
from jax import Array

Rectified = Literal["relu", "identity"]
Smooth = Literal["relu", "gelu"]


@dataclass(frozen=True)
class Activations:
    """The function on each wire; all ReLU unless said otherwise. Named as the taps of those wires."""

    encoded: Rectified = "relu"
    state: Rectified = "relu"
    """On what is read out of the states; the recurrence itself stays linear. See nn/ssm.py."""
    activation: Smooth = "relu"
    output: Rectified = "relu"
    top: float = 1.0
    """Share of every frame's values on `encoded`, `activation` and `output` that pass, the largest; the rest are 0."""

    def __call__(self, wire: Literal["encoded", "activation", "output"], x: Array) -> Array:
        """x [..., features] through the function of a wire."""
        kind = getattr(self, wire)
        if kind != "identity":
            x = jax.nn.relu(x) if kind == "relu" else jax.nn.gelu(x)
        return x if self.top == 1 else keep_largest(x, self.top)


def keep_largest(x: Array, share: float) -> Array:
    """x [..., features] with all but the largest share of each frame's features 0; equals of the smallest all stay."""
    count = max(1, round(share * x.shape[-1]))
    smallest = jax.lax.top_k(jax.lax.stop_gradient(x), count)[0][..., -1:]
    return jnp.where(x >= smallest, x, 0)
