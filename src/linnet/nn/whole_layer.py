"""A gated layer of few features as one operation: where a matrix has 12 rows, carrying numbers takes longer than
multiplying them, so on CPUs the layer is compiled as a whole (native/layer.c) and nothing between is stored.

The mathematics is that of gated.py and layer.py, here in one function (`plain`); of a clip only the states are kept for
the derivative, everything else is worked out again.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from linnet.nn import compiled
from linnet.nn.affine import affine, product
from linnet.nn.columns import scaled
from linnet.nn.gated_scan import gated_scan_clip

MOST_FEATURES = 16  # mirror of PAD in native/layer.c


class Weights(NamedTuple):
    """Of a folded gated layer with as many states as features, as layer.py and gated.py name them."""

    matrices: Array
    """[4, H, H]: V, G, C and W of the output gate."""
    vectors: Array
    """[6, H]: V_bias, G_bias, D, D_bias, b of the output gate, and the least state that is read: 0 behind a ReLU, else
    minus infinity."""


def plain(u: Array, weights: Weights) -> tuple[Array, Array]:
    """The layer in JAX: u [frames, sequences, H] to its output and its states, both like u."""
    V, G, C, W = weights.matrices
    V_bias, G_bias, D, D_bias, W_bias, floor = weights.vectors
    h = gated_scan_clip(jax.nn.sigmoid(affine(u, G, G_bias)), affine(u, V, V_bias))
    y = jax.nn.relu(product(jnp.maximum(h, jax.lax.stop_gradient(floor)), C) + scaled(u, D, D_bias))
    return jax.nn.relu(u + y * jax.nn.sigmoid(affine(y, W, W_bias))), h


def takes(u: Array, weights: Weights) -> bool:
    """Whether the compiled form is there, and made for these."""
    return u.shape[-1] <= MOST_FEATURES and compiled.takes(u, *weights)


@jax.custom_vjp
def whole_layer(u: Array, weights: Weights) -> Array:
    """u [frames, sequences, H] through the layer, from zero states; of float32 and at most 16 features."""
    return _forward(u, weights)[0]


def _forward(u: Array, weights: Weights) -> tuple[Array, tuple[Array, Array, Weights]]:
    y, h = jax.lax.platform_dependent(u, weights, cpu=compiled.layer_forward, default=plain)
    return y, (u, h, weights)


def _backward(kept: tuple[Array, Array, Weights], r: Array) -> tuple[Array, Weights]:
    of_u, of_weights = jax.lax.platform_dependent(
        *kept, r, cpu=compiled.layer_backward, default=_plain_backward
    )
    return of_u, Weights(*of_weights)


def _plain_backward(u: Array, h: Array, weights: Weights, r: Array) -> tuple[Array, tuple[Array, Array]]:
    del h
    of_u, of_weights = jax.vjp(lambda *given: plain(*given)[0], u, weights)[1](r)
    return of_u, tuple(of_weights)


whole_layer.defvjp(_forward, _backward)
