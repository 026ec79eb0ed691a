"""Small parts of the model: a linear map, a norm that becomes part of the next matrix, the gate.

All act on the last axis; weights are [out, in].
"""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from linnet.nn.affine import affine
from linnet.nn.columns import mean_and_square
from linnet.nn.init import lecun_normal
from linnet.nn.taps import Tap, passthrough

NORM_EPSILON = 1e-5  # as in batch normalisation (Ioffe and Szegedy, arXiv:1502.03167)
LEAST_VARIANCE = (
    1e-9  # a deviation of 3e-5: zeros and their roundings, far below the epsilon and what codes resolve
)


class Linear(eqx.Module):
    """y = W x + b; W [out, in], b [out]."""

    weight: Array
    bias: Array

    @classmethod
    def create(cls, rng: np.random.Generator, in_features: int, out_features: int) -> "Linear":
        """Random weights that keep the variance of the input, no bias."""
        weight = lecun_normal(rng, out_features, in_features)
        return cls(jnp.asarray(weight, jnp.float32), jnp.zeros(out_features, jnp.float32))

    @property
    def inputs(self) -> int:
        """Columns of W."""
        return self.weight.shape[1]

    def __call__(self, x: Array, *, tap: Tap = passthrough) -> Array:
        """x [..., in] to y [..., out]."""
        return affine(x, tap("weight", self.weight), tap("bias", self.bias))

    def folded(self, multiplier: Array, addend: Array) -> "Linear":
        """The linear map of x that equals this one of multiplier * x + addend [in]."""
        return Linear(self.weight * multiplier, self.bias + self.weight @ addend)


class Moments(NamedTuple):
    """Mean and variance of every feature: two arrays [features]."""

    mean: Array
    variance: Array


Average = Callable[[Array], Array]
"""From an array of this device's means to the mean over all devices that share a batch."""


def of_one_device(means: Array) -> Array:
    """The average where there is no other device."""
    return means


def moments(x: Array, average: Average = of_one_device) -> Moments:
    """Mean and variance of the features of x [..., features] over all other axes, and over devices by `average`."""
    mean, square = average(mean_and_square(x))
    return Moments(mean, jnp.maximum(square - mean * mean, 0.0))


class Norm(eqx.Module):
    """Normalisation by given moments, never applied by itself: `affine` says what to fold into the next matrix."""

    scale: Array
    offset: Array

    @classmethod
    def create(cls, features: int) -> "Norm":
        """A norm that at first only normalises."""
        return cls(jnp.ones(features, jnp.float32), jnp.zeros(features, jnp.float32))

    @classmethod
    def undoing(cls, given: Moments) -> "Norm":
        """The norm that leaves x as it is where x has these moments; a feature that never varies becomes its mean."""
        return cls(jnp.sqrt(given.variance + NORM_EPSILON), given.mean)

    def affine(self, given: Moments) -> tuple[Array, Array]:
        """Multiplier and addend [features] such that the normalised x is multiplier * x + addend.

        A feature that never varies, as the sine of the phase of 0 Hz, says nothing: 0 instead of a multiplier of 316,
        which would make its weights the largest of the matrix that this is folded into, for pruning and for rounding.
        """
        multiplier = (
            self.scale * jax.lax.rsqrt(given.variance + NORM_EPSILON) * (given.variance > LEAST_VARIANCE)
        )
        return multiplier, self.offset - given.mean * multiplier


class NoNorm(Norm):
    """The norm that leaves every feature as it is, for features that have one scale already.

    Of one input of 1 among zeros, a norm would make the rare ones the loudest, and what else a row of the next matrix
    holds would be rounded away.
    """

    def affine(self, given: Moments) -> tuple[Array, Array]:
        """Ones and zeros [features], whatever the moments."""
        return jnp.ones_like(given.mean), jnp.zeros_like(given.mean)
