"""y = x W^T + b over the last axis, for every matrix of the model, with the derivative that pays on the device.

dL/dx = g W is a product like the forward one. dL/dW = g^T x and dL/db sum over all frames and clips: few numbers out of
many rows, which XLA on a CPU transposes first and reads twice; there native/weights.c does both in one pass where it is
built. What W and b are is the business of layers.py and ssm.py.

Products are multiplied in the type of W and summed in that of x: so a tap that hands over W in bfloat16 decides that
this product, and the two of its derivative, are multiplied so. dL/dW then comes rounded to that type, too.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

from linnet.nn import compiled


def _summed(x: Array, matrix: Array, sum_type: jnp.dtype, factor_type: jnp.dtype) -> Array:
    factors = x.astype(factor_type), matrix.astype(factor_type)
    return jnp.matmul(*factors, preferred_element_type=sum_type)


@jax.custom_vjp
def affine(x: Array, weight: Array, bias: Array) -> Array:
    """x W^T + b: x [..., in], weight [out, in] and bias [out] to [..., out]."""
    return product(x, weight) + bias


@jax.custom_vjp
def product(x: Array, weight: Array) -> Array:
    """x W^T: x [..., in] and weight [out, in] to [..., out]."""
    return _summed(x, weight.T, x.dtype, weight.dtype)


def _affine_forward(x: Array, weight: Array, bias: Array) -> tuple[Array, tuple[Array, Array]]:
    return affine(x, weight, bias), (x, weight)


def _affine_backward(kept: tuple[Array, Array], g: Array) -> tuple[Array, Array, Array]:
    x, weight = kept
    of_weight, of_bias = by_weights(x, g, weight.dtype)
    return _summed(g, weight, x.dtype, weight.dtype), of_weight.astype(weight.dtype), of_bias


affine.defvjp(_affine_forward, _affine_backward)


def _product_forward(x: Array, weight: Array) -> tuple[Array, tuple[Array, Array]]:
    return product(x, weight), (x, weight)


def _product_backward(kept: tuple[Array, Array], g: Array) -> tuple[Array, Array]:
    return _affine_backward(kept, g)[:2]


product.defvjp(_product_forward, _product_backward)


def by_weights(x: Array, g: Array, factor_type: jnp.dtype) -> tuple[Array, Array]:
    """g^T x and the sum of g over all rows: x [..., in] and g [..., out] to [out, in] and [out], of their type."""
    rows = x.reshape(-1, x.shape[-1]), g.reshape(-1, g.shape[-1])
    plain = partial(plain_by_weights, factor_type=factor_type)
    if factor_type != jnp.float32 or not compiled.takes(*rows):
        return plain(*rows)
    return jax.lax.platform_dependent(*rows, cpu=compiled.by_weights, default=plain)


def plain_by_weights(x: Array, g: Array, factor_type: jnp.dtype) -> tuple[Array, Array]:
    """`by_weights` of x [rows, in] and g [rows, out], in JAX."""
    return _summed(g.T, x, x.dtype, factor_type), jnp.sum(g, axis=0)
