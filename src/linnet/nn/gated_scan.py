"""The recurrence h_t = h_{t-1} + g_t (v_t - h_{t-1}) with a gate that changes over time, in forms that must agree.

`gated_scan_clip` is for training: a whole clip at once, time first. `gated_scan_step` is for streaming. Where gates and
candidates come from is the business of gated.py.

The derivative of the whole clip is a recurrence run backwards in time. With r_t = dL/dh_t from outside,
lambda_t = r_t + (1 - g_{t+1}) lambda_{t+1}, then dL/dv_t = g_t lambda_t and dL/dg_t = (v_t - h_{t-1}) lambda_t.
So the backward pass keeps gates, candidates and states, and no intermediate sums of an associative scan.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from linnet.nn import compiled as compiled_scan

UNROLL = 4  # steps per turn of the loop, as in scan.py


def gated_scan_step(g: Array, h: Array, v: Array) -> Array:
    """One frame: h + g (v - h), elementwise."""
    return h + g * (v - h)


class GatedForm(NamedTuple):
    """One way to work out a whole clip and its derivative.

    `states(g, v)` gives h. `adjoint(g, r)` gives lambda for r = dL/dh.
    """

    states: Callable[[Array, Array], Array]
    adjoint: Callable[[Array, Array], Array]


def gated_scan_clip(g: Array, v: Array, *, form: GatedForm | None = None) -> Array:
    """All states of a clip that starts from zero: gates g and candidates v [frames, ..., states] to h of that shape.

    `form` is one of those below; without it, the quickest for the device and the type.
    """
    if v.size == 0:
        return v
    return _differentiable(form or quickest(g, v), g, v)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _differentiable(form: GatedForm, g: Array, v: Array) -> Array:
    return form.states(g, v)


def _forward(form: GatedForm, g: Array, v: Array) -> tuple[Array, tuple[Array, Array, Array]]:
    h = form.states(g, v)
    return h, (g, v, h)


def _backward(form: GatedForm, kept: tuple[Array, Array, Array], r: Array) -> tuple[Array, Array]:
    g, v, h = kept
    adjoint = form.adjoint(g, r)
    before = jnp.concatenate([jnp.zeros_like(h[:1]), h[:-1]])
    return (v - before) * adjoint, g * adjoint


_differentiable.defvjp(_forward, _backward)


# The forms.


def _adjoint_by(linear: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """lambda by a form of x_t = a_t x_{t-1} + b_t, run on reversed time."""

    def adjoint(g: Array, r: Array) -> Array:
        kept = jnp.concatenate([1 - g[1:], jnp.zeros_like(g[:1])])
        return linear(kept[::-1], r[::-1])[::-1]

    return adjoint


def _one_after_another(a: Array, b: Array) -> Array:
    def step(x: Array, inputs: tuple[Array, Array]) -> tuple[Array, Array]:
        x = inputs[0] * x + inputs[1]
        return x, x

    return jax.lax.scan(step, jnp.zeros_like(b[0]), (a, b), unroll=UNROLL)[1]


def _side_by_side(a: Array, b: Array) -> Array:
    def combined(first: tuple[Array, Array], second: tuple[Array, Array]) -> tuple[Array, Array]:
        return second[0] * first[0], second[0] * first[1] + second[1]

    return jax.lax.associative_scan(combined, (a, b))[1]


def _form(linear: Callable[[Array, Array], Array]) -> GatedForm:
    return GatedForm(lambda g, v: linear(1 - g, g * v), _adjoint_by(linear))


sequential = _form(_one_after_another)
"""Frame after frame: the least work, as many steps as frames."""

associative = _form(_side_by_side)
"""Blelloch's scan of pairs (1 - g, g v): O(log frames) steps, for accelerators."""

compiled = GatedForm(compiled_scan.gated_forward, compiled_scan.gated_backward)
"""`sequential` in C (native/gated.c), for CPUs: vectors over states and clips, all cores."""


def quickest(g: Array, v: Array) -> GatedForm:
    """The form for these: on a CPU compiled where it is built for the type, else sequential; elsewhere associative."""
    has_compiled = compiled_scan.takes(g, v)
    on_cpu = compiled if has_compiled else sequential

    def states(g: Array, v: Array) -> Array:
        return jax.lax.platform_dependent(g, v, cpu=on_cpu.states, default=associative.states)

    def adjoint(g: Array, r: Array) -> Array:
        return jax.lax.platform_dependent(g, r, cpu=on_cpu.adjoint, default=associative.adjoint)

    return GatedForm(states, adjoint)
