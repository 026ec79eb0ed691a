"""What a Network computes, in floats: the meaning that its author's outputs and its integers are compared with.

Everything but the recurrences is computed for all frames at once; those go frame by frame. `tap` sees every value by
the name of what gives it: "layers.0.recurrence.state".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.foreign.network import Activation, Dense, Diagonal, Gated, Glu, Network, Norm, Step

Array = NDArray[Any]
Tap = Callable[[str, Array], None]

GELU_SLOPE, GELU_BEND = 2.1188, 0.4873
"""gelu(x) is near x sigmoid(SLOPE x - BEND clip(x, -1, 1)), at most GELU_ERROR away: the least for this form."""
GELU_ERROR = 0.005
_erf = np.frompyfunc(math.erf, 1, 1)


def ignore(name: str, values: Array) -> None:
    """Take no notice."""
    del name, values


def run(network: Network, inputs: Array, *, tap: Tap = ignore) -> Array:
    """Sequences from rest: inputs [n, frames, in] to outputs [n, frames, out], in the type of the network's numbers.

    Raises:
        ValueError: the inputs are of another width or rank.
    """
    if inputs.ndim != 3 or inputs.shape[-1] != network.inputs:
        raise ValueError(
            f"inputs of shape {inputs.shape} came, but the network takes [n, frames, {network.inputs}]; give that many "
            "values a frame."
        )
    x = inputs.astype(network.dtype)
    tap("input", x)
    for block in network.blocks:
        entering = x
        for step in block.steps:
            x = forward(step, x, tap)
        if block.residual:
            x = entering + x
            tap(f"{block.name}.sum", x)
        for step in block.after:
            x = forward(step, x, tap)
        tap(block.name, x)
    return x


@singledispatch
def forward(step: Step, x: Array, tap: Tap) -> Array:
    """One step of all frames: [n, frames, in] to [n, frames, out]; what it multiplies is tapped as NAME.in."""
    raise TypeError(f"{type(step).__name__} has no meaning in floats.")


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def erf(x: Array) -> Array:
    """The error function, elementwise, in the type of x."""
    return np.asarray(_erf(x), x.dtype)


ACTIVATION_MEANINGS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "silu": lambda x: x * sigmoid(x),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "gelu": lambda x: 0.5 * x * (1 + erf(x * math.sqrt(0.5))),
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))),
    "gelu_sigmoid": lambda x: x * sigmoid(GELU_SLOPE * x - GELU_BEND * np.clip(x, -1, 1)),
}


def _tapped(tap: Tap, name: str, values: Array) -> Array:
    tap(name, values)
    return values


@forward.register
def _(step: Dense, x: Array, tap: Tap) -> Array:
    tap(f"{step.name}.in", x)
    return _tapped(tap, f"{step.name}.out", x @ step.weight.T + step.bias)


@forward.register
def _(step: Norm, x: Array, tap: Tap) -> Array:
    return _tapped(tap, f"{step.name}.out", step.scale * x + step.offset)


@forward.register
def _(step: Activation, x: Array, tap: Tap) -> Array:
    return _tapped(tap, f"{step.name}.out", ACTIVATION_MEANINGS[step.kind](x))


@forward.register
def _(step: Glu, x: Array, tap: Tap) -> Array:
    tap(f"{step.name}.in", x)
    value = x if step.value is None else x @ step.value.T + step.value_bias
    tap(f"{step.name}.value", value)
    return _tapped(tap, f"{step.name}.out", value * sigmoid(x @ step.gate.T + step.gate_bias))


@forward.register
def _(step: Diagonal, x: Array, tap: Tap) -> Array:
    tap(f"{step.name}.in", x)
    states = diagonal_states(step, x @ step.B.T + step.drive_bias)
    tap(f"{step.name}.state", states)
    y = states @ step.C.T + step.bias
    tap(f"{step.name}.read", y)
    if step.D is not None:
        skip = x * step.D if step.D.ndim == 1 else x @ step.D.T
        tap(f"{step.name}.skip", skip)
        y = y + skip
    return _tapped(tap, f"{step.name}.out", y)


def diagonal_states(step: Diagonal, drive: Array) -> Array:
    """x' = Lambda_bar x + drive, frame by frame: [n, frames, 2 P] to the same."""
    decay_re, decay_im = np.split(step.decay, 2)
    states = np.empty_like(drive)
    re = im = np.zeros((drive.shape[0], step.states), drive.dtype)
    for frame in range(drive.shape[1]):
        in_re, in_im = np.split(drive[:, frame], 2, axis=-1)
        re, im = decay_re * re - decay_im * im + in_re, decay_re * im + decay_im * re + in_im
        states[:, frame] = np.concatenate([re, im], axis=-1)
    return states


@forward.register
def _(step: Gated, x: Array, tap: Tap) -> Array:
    tap(f"{step.name}.in", x)
    candidates = x @ step.value.T + step.value_bias
    shares = sigmoid(x @ step.gate.T + step.gate_bias)
    tap(f"{step.name}.candidate", candidates)
    states, last = np.empty_like(candidates), np.zeros_like(candidates[:, 0])
    for frame in range(x.shape[1]):
        last = last + shares[:, frame] * (candidates[:, frame] - last)
        states[:, frame] = last
    return _tapped(tap, f"{step.name}.out", states)
