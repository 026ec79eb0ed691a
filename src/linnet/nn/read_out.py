"""What leaves a recurrence, one definition for all kinds of it: C relu(state) + D u + D_bias."""

from collections.abc import Callable
from typing import Protocol

from jax import Array

from linnet.nn.affine import product
from linnet.nn.columns import scaled
from linnet.nn.taps import Tap


class ReadsOut(Protocol):
    """A folded recurrence: C [H, states], D and D_bias [H]; whether its states are rectified."""

    C: Array
    D: Array
    D_bias: Array
    rectified: bool


def read_out(layer: ReadsOut, state: Array, u: Array, relu: Callable[[Array], Array], tap: Tap) -> Array:
    """States [..., states] and input u [..., H] to y [..., H]; `relu` is the one for this kind of state."""
    state = tap("state", state)
    state = relu(state) if layer.rectified else state
    from_state = tap("from_state", product(tap("state_relu", state), tap("C", layer.C)))
    skip = tap("skip", scaled(u, tap("D", layer.D), tap("D_bias", layer.D_bias)))
    return tap("output", from_state + skip)
