"""The exact integer meaning of every node: the specification that the engine repeats bit for bit.

One function per kind of node works on a block of frames at once; only recurrences go frame by
frame. A step is a block of one frame, so stepwise and whole clip are the same code. State is a value.
Programs are trusted here: call `Program.validate` (or read them with artifact.py) first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import singledispatch
from typing import Any

import numpy as np
import numpy.typing as npt

from linnet.ir.nodes import (
    GATED_BITS,
    Add,
    ComplexRelu,
    DiagonalRecurrence,
    Gate,
    GatedRecurrence,
    Linear,
    Node,
    Recurrence,
    Relu,
    Scale,
    Sigmoid,
    Wire,
)
from linnet.ir.program import Program
from linnet.numerics import requantize, saturate, shift_right_round, sigmoid15

Codes = npt.NDArray[np.signedinteger[Any]]
Floats = npt.NDArray[np.float32]
State = tuple[npt.NDArray[np.int32], ...]  # one [width] per recurrence, in the order of the nodes
Trace = Callable[[int, npt.NDArray[Any]], None]  # called with (wire index, values [frames, width])


def initial_state(program: Program) -> State:
    """All recurrences at rest: one int32 zero array each, as wide as its target."""
    return tuple(np.zeros(program.wires[node.target].width, np.int32) for node in program.recurrences)


def run(program: Program, features: npt.ArrayLike, *, trace: Trace | None = None) -> Floats:
    """A whole clip from rest: features [frames, in] float32 -> outputs [frames, out] float32."""
    return advance(program, initial_state(program), features, trace=trace)[1]


def step(
    program: Program, state: State, features: npt.ArrayLike, *, trace: Trace | None = None
) -> tuple[State, Floats]:
    """One frame: features [in] -> (next state, outputs [out])."""
    frame = np.asarray(features, np.float32)[None]
    state, outputs = advance(program, state, frame, trace=trace)
    return state, outputs[0]


def run_codes(program: Program, codes: npt.ArrayLike) -> npt.NDArray[np.int16]:
    """A whole clip of bare integers: int16 codes after Quantize [frames, in] -> before Dequantize."""
    return advance_codes(program, initial_state(program), codes)[1]


def advance(
    program: Program, state: State, features: npt.ArrayLike, *, trace: Trace | None = None
) -> tuple[State, Floats]:
    """The next block: features [frames, in] float32 -> (state after it, outputs [frames, out]).

    Blocks of any lengths, one after the other, give the same as the whole clip. `trace` sees every
    wire's values, wire 0 included, in the order they are computed.
    """
    block = np.asarray(features, np.float32)
    _check_block(block, program.input_width)
    if trace is not None:
        trace(0, block)
    codes = quantize_features(program, block)
    state, codes = advance_codes(program, state, codes, trace=trace)
    last = program.nodes[-1]
    outputs = _dequantize(codes, program.wires[last.reads[0]])
    if trace is not None:
        trace(last.writes, outputs)
    return state, outputs


def advance_codes(
    program: Program, state: State, codes: npt.ArrayLike, *, trace: Trace | None = None
) -> tuple[State, npt.NDArray[np.int16]]:
    """The integer part of `advance`: int16 codes [frames, in] -> (state, int16 codes [frames, out]).

    Where the first wire has 8 bits, codes beyond -128..127 are saturated, as Quantize would.
    """
    block = np.asarray(codes)
    if block.dtype != np.int16:
        raise ValueError(f"codes came as {block.dtype}; give int16, or features to `advance`.")
    _check_block(block, program.input_width)
    block = saturate(block, program.wires[program.nodes[0].writes].bits).astype(np.int16)
    values: dict[int, Codes] = {program.nodes[0].writes: block}
    if trace is not None:
        trace(program.nodes[0].writes, block)
    states = list(state)
    recurrence = 0
    for node in program.nodes[1:-1]:
        target = program.wires[node.writes]
        inputs = [values[wire] for wire in node.reads]
        if isinstance(node, Recurrence):
            states[recurrence], result = recur(node, states[recurrence], inputs, target)
            recurrence += 1
        else:
            result = meaning(node, inputs, target)
        values[node.writes] = result.astype(np.int32 if target.bits == 32 else np.int16)
        if trace is not None:
            trace(node.writes, values[node.writes])
    return tuple(states), values[program.nodes[-1].reads[0]].astype(np.int16)


def quantize_features(program: Program, features: npt.ArrayLike) -> npt.NDArray[np.int16]:
    """What Quantize makes of features [frames, in]: int16 codes of that shape, for `advance_codes`."""
    return _quantize(np.asarray(features, np.float32), program.wires[program.nodes[0].writes])


def _check_block(block: npt.NDArray[Any], width: int) -> None:
    if block.ndim != 2 or block.shape[1] != width:
        raise ValueError(f"a block of shape {block.shape} came; this program takes [frames, {width}].")


def _quantize(features: Floats, target: Wire) -> npt.NDArray[np.int16]:
    """clamp(floor(f * 2^e + 1/2)) in float32, as in C; NaN gives 0."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        rounded = np.floor(features * np.float32(2.0**target.exponent) + np.float32(0.5))
    top = 1 << (target.bits - 1)
    clamped = np.clip(rounded, np.float32(-top), np.float32(top - 1))
    return np.where(np.isnan(clamped), np.float32(0.0), clamped).astype(np.int16)


def _dequantize(codes: npt.NDArray[np.int16], source: Wire) -> Floats:
    """code * 2^-e in float32, exact."""
    return codes.astype(np.float32) * np.float32(2.0**-source.exponent)


@singledispatch
def recur(
    node: Node, state: npt.NDArray[np.int32], inputs: Sequence[Codes], target: Wire
) -> tuple[npt.NDArray[np.int32], Codes]:
    """A recurrence over a block: inputs, each [frames, width] -> (state after it [width], codes [frames, width])."""
    raise TypeError(f"{type(node).__name__} keeps no state.")


@recur.register
def _(
    node: DiagonalRecurrence, state: npt.NDArray[np.int32], inputs: Sequence[Codes], target: Wire
) -> tuple[npt.NDArray[np.int32], Codes]:
    half = node.decay_re.size
    mu_re, mu_im = node.decay_re.astype(np.int64), node.decay_im.astype(np.int64)
    places = node.decay_shift.astype(np.int64)
    drive = inputs[0].astype(np.int64)
    re, im = state[:half].astype(np.int64), state[half:].astype(np.int64)
    states = np.empty(drive.shape, np.int64)
    for frame, row in enumerate(drive):
        moved_re = shift_right_round(mu_re * re - mu_im * im, places)
        moved_im = shift_right_round(mu_re * im + mu_im * re, places)
        re = saturate(re + moved_re + row[:half], 32)
        im = saturate(im + moved_im + row[half:], 32)
        states[frame, :half], states[frame, half:] = re, im
    after = np.concatenate([re, im]).astype(np.int32)
    return after, requantize(states, node.out_shift, target.bits)


@recur.register
def _(
    node: GatedRecurrence, state: npt.NDArray[np.int32], inputs: Sequence[Codes], target: Wire
) -> tuple[npt.NDArray[np.int32], Codes]:
    candidates, shares = saturate(inputs[0], GATED_BITS), sigmoid15(inputs[1])
    states, last = np.empty(candidates.shape, np.int64), state.astype(np.int64)
    for frame, (candidate, share) in enumerate(zip(candidates, shares, strict=True)):
        last = last + shift_right_round(share * (candidate - last), 15)
        states[frame] = last
    return last.astype(np.int32), requantize(states, node.out_shift, target.bits)


@singledispatch
def meaning(node: Node, inputs: Sequence[Codes], target: Wire) -> Codes:
    """What a stateless node makes of its inputs, each [frames, width]: codes [frames, target.width]."""
    raise TypeError(f"{type(node).__name__} has no meaning inside a program.")


@meaning.register
def _(node: Linear, inputs: Sequence[Codes], target: Wire) -> Codes:
    # float64 holds every partial sum exactly: |sum| < 2^31 < 2^53 by the proof in validation.py.
    groups = inputs[0].reshape(-1, node.weight.shape[1])  # [frames * repeat, in]
    sums = groups.astype(np.float64) @ node.weight.T.astype(np.float64)
    return requantize(sums.astype(np.int64) + node.bias, node.shift, target.bits).reshape(-1, target.width)


@meaning.register
def _(node: Scale, inputs: Sequence[Codes], target: Wire) -> Codes:
    sums = inputs[0].astype(np.int64) * node.weight + node.bias
    return requantize(sums, node.shift, target.bits)


@meaning.register
def _(node: Relu, inputs: Sequence[Codes], target: Wire) -> Codes:
    return np.maximum(inputs[0], 0)


@meaning.register
def _(node: ComplexRelu, inputs: Sequence[Codes], target: Wire) -> Codes:
    half = target.width // 2
    keep = inputs[0][:, :half] > 0
    return np.where(np.concatenate([keep, keep], axis=1), inputs[0], 0)


@meaning.register
def _(node: Gate, inputs: Sequence[Codes], target: Wire) -> Codes:
    return requantize(inputs[0].astype(np.int64) * sigmoid15(inputs[1]), 15, target.bits)


@meaning.register
def _(node: Add, inputs: Sequence[Codes], target: Wire) -> Codes:
    source, other = (codes.astype(np.int64) for codes in inputs)
    return requantize((source << node.source_shift) + (other << node.other_shift), node.shift, target.bits)


@meaning.register
def _(node: Sigmoid, inputs: Sequence[Codes], target: Wire) -> Codes:
    return np.minimum(sigmoid15(inputs[0]), 32767)


__all__ = [
    "State",
    "Trace",
    "advance",
    "advance_codes",
    "initial_state",
    "quantize_features",
    "recur",
    "run",
    "run_codes",
    "step",
]
