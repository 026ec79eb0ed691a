"""Where the model bends: which of its four wires are rectified. The functions themselves are JAX's.

Every ReLU makes zeros that the next matrix need not multiply; which are worth it is a question for validation.
"""

from dataclasses import dataclass
from typing import Literal

import jax
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


def activate(kind: str, x: Array) -> Array:
    """x through the function named."""
    if kind == "identity":
        return x
    return jax.nn.relu(x) if kind == "relu" else jax.nn.gelu(x)
