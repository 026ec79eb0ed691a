"""What every feature sums to over all frames and clips: means, squares, and the derivative of scaling each feature.

XLA on a CPU stores the products before it adds them up; there native/columns.c reads each number once where it is
built. What is done with means is the business of layers.py, what is scaled that of ssm.py.
"""

import math

import jax
import jax.numpy as jnp
from jax import Array

from linnet.nn import compiled


def sums(x: Array, y: Array) -> tuple[Array, Array]:
    """The sums of x and of x y over all axes but the last: both [..., features] to two [features]."""
    rows = x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])
    if not compiled.takes(*rows):
        return plain_sums(*rows)
    return jax.lax.platform_dependent(*rows, cpu=compiled.column_sums, default=plain_sums)


def plain_sums(x: Array, y: Array) -> tuple[Array, Array]:
    """`sums` of [rows, features], in JAX."""
    return jnp.sum(x, axis=0), jnp.sum(x * y, axis=0)


@jax.custom_vjp
def mean_and_square(x: Array) -> Array:
    """The means of x and of its squares over all axes but the last: [..., features] to [2, features]."""
    return jnp.stack(sums(x, x)) / _rows(x)


def _mean_forward(x: Array) -> tuple[Array, Array]:
    return mean_and_square(x), x


def _mean_backward(x: Array, g: Array) -> tuple[Array]:
    of_mean, of_square = g / _rows(x)
    return (of_mean + 2 * of_square * x,)


mean_and_square.defvjp(_mean_forward, _mean_backward)


@jax.custom_vjp
def scaled(x: Array, factor: Array, addend: Array) -> Array:
    """factor x + addend for every feature: x [..., features], factor and addend [features]."""
    return factor * x + addend


def _scaled_forward(x: Array, factor: Array, addend: Array) -> tuple[Array, tuple[Array, Array]]:
    return scaled(x, factor, addend), (x, factor)


def _scaled_backward(kept: tuple[Array, Array], g: Array) -> tuple[Array, Array, Array]:
    x, factor = kept
    of_addend, of_factor = sums(g, x)
    return g * factor, of_factor, of_addend


scaled.defvjp(_scaled_forward, _scaled_backward)


def _rows(x: Array) -> int:
    return math.prod(x.shape[:-1])
