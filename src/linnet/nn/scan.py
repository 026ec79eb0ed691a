"""The recurrence x_t = a x_{t-1} + b_t with a complex `a` that does not change over time, in forms that must agree.

`scan_clip` is for training: a whole clip at once, time first. `scan_step` is for streaming, and for rounding inside
the loop. Where `a` and `b` come from is the business of ssm.py.

Complex numbers travel as one real array [..., 2 states], real parts before imaginary ones: products with real matrices
stay real products, and nothing is cut apart or glued together on the way.

The derivative of the whole clip is the same recurrence run backwards in time: with g_t = dL/dx_t,
lambda_t = g_t + conj(a) lambda_{t+1}, then dL/db_t = lambda_t and dL/da = sum_t conj(x_{t-1}) lambda_t.
So the backward pass keeps only the states, never the O(log T) intermediate sums of an associative scan.

The first half of this file is the mathematics, the second half the forms: the same x in other orders of work.
docs/explain/training.md says when each is quick and how far their roundings can differ.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from linnet.nn import compiled as compiled_scan


def parted(x: Array) -> tuple[Array, Array]:
    """Real and imaginary parts: [..., 2 states] to two [..., states]."""
    half = x.shape[-1] // 2
    return x[..., :half], x[..., half:]


def joined(re: Array, im: Array) -> Array:
    """The inverse of `parted`."""
    return jnp.concatenate([re, im], axis=-1)


def conjugate(x: Array) -> Array:
    """The imaginary parts negated."""
    re, im = parted(x)
    return joined(re, -im)


def times(a: Array, x: Array) -> Array:
    """The product of complex numbers, elementwise, both [..., 2 states] (or broadcast to it)."""
    (a_re, a_im), (x_re, x_im) = parted(a), parted(x)
    return joined(a_re * x_re - a_im * x_im, a_re * x_im + a_im * x_re)


def scan_step(a: Array, x: Array, b: Array) -> Array:
    """One frame: a x + b, elementwise; a [2 states], x and b [..., 2 states]."""
    return times(a, x) + b


class Form(NamedTuple):
    """One way to work out a whole clip and its derivative.

    `states(a, b)` gives x. `derivative(a, x, g)` gives (dL/da, dL/db) for g = dL/dx.
    """

    states: Callable[[Array, Array], Array]
    derivative: Callable[[Array, Array, Array], tuple[Array, Array]]


def scan_clip(a: Array, b: Array, *, form: Form | None = None) -> Array:
    """All states of a clip that starts from zero: a [2 states], b [frames, ..., 2 states] to x of b's shape.

    `form` is one of those below; without it, the quickest for the device, the number of frames and the type.
    """
    if b.size == 0:
        return b
    return _differentiable(form or quickest(a, b), a, b)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _differentiable(form: Form, a: Array, b: Array) -> Array:
    return form.states(a, b)


def _forward(form: Form, a: Array, b: Array) -> tuple[Array, tuple[Array, Array]]:
    x = form.states(a, b)
    return x, (a, x)


def _backward(form: Form, kept: tuple[Array, Array], g: Array) -> tuple[Array, Array]:
    return form.derivative(*kept, g)


_differentiable.defvjp(_forward, _backward)


def derivative_of_decay(x: Array, adjoint: Array) -> Array:
    """dL/da = sum_t conj(x_{t-1}) lambda_t over frames and clips; x and lambda [frames, ..., 2 states] to [2 states].

    Summed in blocks of frames, so that the rounding of a long clip grows with the blocks, not with the frames.
    """
    products = times(conjugate(x[:-1]), adjoint[1:])
    return sum_of_blocks(products.reshape(math.prod(products.shape[:-1]), products.shape[-1]))


def sum_of_blocks(rows: Array) -> Array:
    """The sum of all rows [n, width] to [width], first within blocks, then over them."""
    blocks = -(-rows.shape[0] // compiled_scan.SUM_FRAMES)
    padded = jnp.pad(rows, [(0, blocks * compiled_scan.SUM_FRAMES - rows.shape[0]), (0, 0)])
    return padded.reshape(blocks, compiled_scan.SUM_FRAMES, rows.shape[-1]).sum(axis=1).sum(axis=0)


# The forms.


def _form(run: Callable[[Array, Array], Array]) -> Form:
    """A form of a function that computes the states: its derivative runs the same function on reversed time."""

    def derivative(a: Array, x: Array, g: Array) -> tuple[Array, Array]:
        adjoint = run(conjugate(a), g[::-1])[::-1]
        return derivative_of_decay(x, adjoint), adjoint

    return Form(run, derivative)


UNROLL = 4  # steps per turn of the loop: more gained nothing on a CPU


def _one_after_another(a: Array, b: Array) -> Array:
    a_re, a_im = parted(a)

    def step(
        x: tuple[Array, Array], b_t: tuple[Array, Array]
    ) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        re = a_re * x[0] - a_im * x[1] + b_t[0]
        x = re, a_re * x[1] + a_im * x[0] + b_t[1]
        return x, x

    zero = jnp.zeros_like(parted(b[0])[0])
    return joined(*jax.lax.scan(step, (zero, zero), parted(b), unroll=UNROLL)[1])


sequential = _form(_one_after_another)
"""Frame after frame: the least work, as many steps as frames."""


def _pairwise(a: Array, b: Array) -> Array:
    frames = b.shape[0]
    if frames < 2:
        return b
    even, odd = b[0 : frames - frames % 2 : 2], b[1::2]
    of_odd = _pairwise(times(a, a), times(a, even) + odd)  # every other state, by a^2
    after = jnp.concatenate([jnp.zeros_like(b[:1]), of_odd[: (frames - 1) // 2]])
    of_even = times(a, after) + b[::2]
    both = jnp.stack([of_even[: of_odd.shape[0]], of_odd], axis=1).reshape(-1, *b.shape[1:])
    return jnp.concatenate([both, of_even[-1:]]) if frames % 2 else both


associative = _form(_pairwise)
"""Pairs of frames, then pairs of pairs (Blelloch, "Prefix sums and their applications", 1990): about 2 log2(frames)
parallel steps. Since `a` is the same for all frames, its powers are squares on the way down, not arrays of frames."""


def _powers(a: Array, count: int) -> Array:
    """a^1 .. a^count: [count, 2 states]; each is a product of two of about half its exponent, so it rounds little."""
    powers = a[None]
    while powers.shape[0] < count:
        powers = jnp.concatenate([powers, times(powers[-1], powers)])
    return powers[:count]


def _in_chunks(chunk: int, a: Array, b: Array) -> Array:
    frames = b.shape[0]
    chunks = -(-frames // chunk)
    padded = jnp.pad(b, [(0, chunks * chunk - frames)] + [(0, 0)] * (b.ndim - 1))
    cut = jnp.swapaxes(padded.reshape(chunks, chunk, *b.shape[1:]), 0, 1)
    alone = _one_after_another(a, cut)  # [chunk, chunks, ...]: every chunk as if it started from zero
    powers = _powers(a, chunk)
    ends = _one_after_another(powers[-1], alone[-1])  # the true state at the end of every chunk, by a^chunk
    starts = jnp.concatenate([jnp.zeros_like(ends[:1]), ends[:-1]])
    of_power = powers.reshape(chunk, *[1] * (b.ndim - 1), -1)
    whole = alone + times(of_power, starts[None])
    return jnp.swapaxes(whole, 0, 1).reshape(-1, *b.shape[1:])[:frames]


def chunked(chunk: int) -> Form:
    """Chunks of frames side by side, then what each inherits times powers of a: chunk + frames / chunk steps."""
    if chunk < 1:
        raise ValueError(f"chunk={chunk} holds no frame, so nothing could be cut; give 1 or more.")
    return _form(partial(_in_chunks, chunk))


def _compiled_derivative(a: Array, x: Array, g: Array) -> tuple[Array, Array]:
    adjoint, sums = compiled_scan.backward(a, x, g)
    return jnp.sum(sums, axis=(0, 1)), adjoint


compiled = Form(compiled_scan.forward, _compiled_derivative)
"""`sequential` in C (native/recurrence.c), for CPUs: vectors over states and clips, all cores."""


LONGEST_SEQUENCE = 16  # frames from which an accelerator gains by doing some of them side by side


def quickest(a: Array, b: Array) -> Form:
    """The form for these: compiled on a CPU where it is built for their type, else sequential; chunked elsewhere."""
    frames = b.shape[0]
    chunk = 1 << round(math.log2(max(1, frames)) / 2)  # about the root, where chunk + frames / chunk is least
    elsewhere = chunked(chunk) if frames > LONGEST_SEQUENCE else sequential
    has_compiled = compiled_scan.takes(a, b, types=(jnp.float32, jnp.float64))
    return _by_device(compiled if has_compiled else sequential, elsewhere)


def _by_device(on_cpu: Form, elsewhere: Form) -> Form:
    """The one form where the program is lowered for a CPU, the other elsewhere."""

    def states(a: Array, b: Array) -> Array:
        return jax.lax.platform_dependent(a, b, cpu=on_cpu.states, default=elsewhere.states)

    def derivative(a: Array, x: Array, g: Array) -> tuple[Array, Array]:
        return jax.lax.platform_dependent(a, x, g, cpu=on_cpu.derivative, default=elsewhere.derivative)

    return Form(states, derivative)
