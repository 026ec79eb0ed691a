"""The recurrence x_t = a x_{t-1} + b_t with a complex `a` that does not change over time, in two forms that must agree.

`scan_clip` is for training: a whole clip at once, time first. `scan_step` is for streaming, and for rounding inside
the loop. Complex numbers travel as a pair (real, imaginary) of real arrays, which is faster on every device than
complex ones. Where `a` and `b` come from is the business of ssm.py.

The derivative of the whole clip is the same recurrence run backwards in time: with g_t = dL/dx_t,
lambda_t = g_t + conj(a) lambda_{t+1}, then dL/db_t = lambda_t and dL/da = sum_t conj(x_{t-1}) lambda_t.
So the backward pass keeps only the states, never the O(log T) intermediate sums of an associative scan.
"""

import jax
import jax.numpy as jnp
from jax import Array

Complex = tuple[Array, Array]
"""Real and imaginary part, of one shape."""

UNROLL = 4
"""Steps per loop turn: fewer turns, same arithmetic; more than 4 gained nothing on a CPU (docs/results.md)."""


def scan_step(a: Complex, x: Complex, b: Complex) -> Complex:
    """One step: a x + b, elementwise; states [..., states]."""
    a_re, a_im = a
    x_re, x_im = x
    b_re, b_im = b
    return a_re * x_re - a_im * x_im + b_re, a_re * x_im + a_im * x_re + b_im


@jax.custom_vjp
def scan_clip(a: Complex, b: Complex) -> Complex:
    """All states of a clip that starts from zero: a [states], b [frames, ..., states] to x of b's shape."""
    return _scan(a, b, reverse=False)


def _scan(a: Complex, b: Complex, *, reverse: bool) -> Complex:
    def one_step(x: Complex, b_t: Complex) -> tuple[Complex, Complex]:
        x = scan_step(a, x, b_t)
        return x, x

    zero = jnp.zeros_like(b[0][0])
    return jax.lax.scan(one_step, (zero, zero), b, reverse=reverse, unroll=UNROLL)[1]


def _scan_forward(a: Complex, b: Complex) -> tuple[Complex, tuple[Complex, Complex]]:
    x = _scan(a, b, reverse=False)
    return x, (a, x)


def _scan_backward(residuals: tuple[Complex, Complex], gradient: Complex) -> tuple[Complex, Complex]:
    (a_re, a_im), (x_re, x_im) = residuals
    l_re, l_im = _scan((a_re, -a_im), gradient, reverse=True)
    over = tuple(range(l_re.ndim - 1))
    before_re, before_im, after_re, after_im = x_re[:-1], x_im[:-1], l_re[1:], l_im[1:]
    da_re = jnp.sum(after_re * before_re + after_im * before_im, axis=over)
    da_im = jnp.sum(after_im * before_re - after_re * before_im, axis=over)
    return (da_re, da_im), (l_re, l_im)


scan_clip.defvjp(_scan_forward, _scan_backward)
