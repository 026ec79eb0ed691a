"""Rounding in training: the deployed rounding rule, with a derivative as if nothing were rounded.

The exact twin of a finished program is rounded.py's; here ranges still move, so scales are chosen inside the update.

`rounded` is the rule, the same as scheme.to_codes: halves up, then saturation. Which wire has which exponent is
decided where ranges are known. Source of the derivative: Bengio et al., arXiv:1308.3432.
"""

from collections.abc import Mapping
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

from linnet.nn.taps import OnWeights, Tap
from linnet.quant.matrices import FINER
from linnet.quant.scheme import Scheme

WEIGHTS = ("weight", "B", "C", "D", "V", "G")
"""Last parts of the names of what is rounded row by row; D's rows have one weight each."""

LARGEST_EXPONENT = 126  # by whose power of two, and its inverse, float32 can multiply


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def rounded(value: Array, exponent: Array, bits: int) -> Array:
    """round(value 2^exponent) 2^-exponent, halves up, saturated to `bits`; exponents of a shape that broadcasts.

    Exact where the mantissa of the type holds `bits` bits. Exponents beyond +-126 count as that: 2^128 is
    infinite in float32, and infinity times 0 no number.
    """
    top = 2.0 ** (bits - 1)
    unit = jnp.ldexp(jnp.ones((), value.dtype), jnp.clip(exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT))
    return jnp.clip(jnp.floor(value * unit + 0.5), -top, top - 1) / unit


def _forward(value: Array, exponent: Array, bits: int) -> tuple[Array, None]:
    return rounded(value, exponent, bits), None


def _backward(bits: int, kept: None, g: Array) -> tuple[Array, None]:
    return g, None


rounded.defvjp(_forward, _backward)


def largest_exponent(largest: Array, bits: int) -> Array:
    """The largest e with round(largest 2^e) <= 2^(bits-1) - 1, elementwise, 0 where `largest` is 0: as scheme.py's."""
    mantissa, power = jnp.frexp(largest)
    rounds_up = (mantissa >= 1 - 2.0**-bits).astype(power.dtype)
    return jnp.where(mantissa > 0, bits - 1 - power - rounds_up, 0)


def rounded_rows(matrix: Array, bits: int, scheme: Scheme) -> Array:
    """A matrix [out, in] or a vector [out] rounded to power-of-two scales, by the scheme's rule, as matrices.py does.

    Two things are left to lowering, which knows the wires: that biases fit, and that sums cannot overflow.
    """
    rows = jax.lax.stop_gradient(matrix).reshape(matrix.shape[0], -1)
    largest = jnp.max(jnp.abs(rows), axis=1)
    if scheme.weight_scale == "matrix":
        largest = jnp.full_like(largest, jnp.max(largest))
    exponents = largest_exponent(largest, bits)
    if scheme.weight_fit == "least-squares":
        tried = jnp.stack([exponents + finer for finer in (0, *FINER)])
        errors = jnp.stack([jnp.sum((rows - rounded(rows, e[:, None], bits)) ** 2, axis=1) for e in tried])
        if scheme.weight_scale == "matrix":
            errors = jnp.broadcast_to(jnp.sum(errors, axis=1, keepdims=True), errors.shape)
        exponents = exponents + jnp.argmin(errors, axis=0).astype(jnp.int32)
    return rounded(matrix, exponents.reshape(-1, *[1] * (matrix.ndim - 1)), bits)


def rounding_through(scheme: Scheme, exponents: Mapping[str, Array]) -> Tap:
    """The tap that rounds every weight by the scheme, and every wire that has an exponent."""

    def tap(name: str, value: Array) -> Array:
        if name.rsplit(".", 1)[-1] in WEIGHTS:
            return rounded_rows(value, scheme.weight_bits_of(name), scheme)
        if name in exponents:
            return rounded(value, exponents[name], scheme.wire_bits(name))
        return value

    return tap if exponents else OnWeights(tap)
