"""From a Network and the sizes of its values on examples to an integer Program, step by step in the order of `run`.

A fixed norm becomes no node where a matrix follows: it goes into its weights and biases. Constants are rounded by
quant/matrices.py and quant/decays.py; what a node means is ir/nodes.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import singledispatchmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.compiler.builder import ProgramBuilder
from linnet.compiler.eliminate import eliminate_dead
from linnet.foreign.network import Activation, Block, Dense, Diagonal, Gated, Glu, Network, Norm, Step
from linnet.foreign.reference import GELU_BEND, GELU_SLOPE, run
from linnet.ir import Metadata, Program
from linnet.quant.decays import decay_codes
from linnet.quant.matrices import LARGEST_SUM_OF_CODES, MatrixCodes, WireFormat, matrix_codes
from linnet.quant.plan import (
    LARGEST_LEFT_SHIFT,
    SIGMOID_INPUT_EXPONENT,
    SIGMOID_OUTPUT_EXPONENT,
    state_spread,
)
from linnet.quant.scheme import CANDIDATE_BITS, W8A16, Scheme

Array = NDArray[Any]
Sizes = Mapping[str, Array]
"""The largest absolute value of everything that a tap sees, [width], by its name."""

CONTROL = WireFormat(16, SIGMOID_INPUT_EXPONENT)
SHARE = WireFormat(16, SIGMOID_OUTPUT_EXPONENT)
UNIT = WireFormat(16, 15)  # saturates at -1 and just below 1
GELUS = ("gelu", "gelu_tanh")


def sizes_of(network: Network, inputs: Array) -> dict[str, Array]:
    """The largest absolute values on inputs [n, frames, in]."""
    sizes: dict[str, Array] = {}

    def note(name: str, values: Array) -> None:
        sizes[name] = np.max(np.abs(values), axis=(0, 1))

    run(network, inputs, tap=note)
    return sizes


def lower(network: Network, sizes: Sizes, metadata: Metadata, *, scheme: Scheme = W8A16) -> Program:
    """The integer program of a network; values that cannot reach an output are left out.

    Raises:
        ValueError: it has a GELU, or the two sides of a sum are too different for one scale.
    """
    lowering = _Lowering(network.inputs, sizes, scheme)
    flow = lowering.begin()
    for block in network.blocks:
        flow = lowering.block(block, flow)
    lowering.build.dequantize(lowering.plain(flow).wire)
    return eliminate_dead(lowering.build.program(metadata))


@dataclass(frozen=True)
class _Flow:
    """A wire and its format; its value is scale * (the wire's) + offset where `norm`, a tap, waits for a matrix."""

    wire: int
    format: WireFormat
    scale: Array | None = None
    offset: Array | None = None
    norm: str = ""

    def folded(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """A matrix [out, in] or diagonal [n] and bias that also do the norm."""
        if self.scale is None or self.offset is None:
            return weight, bias
        added = weight @ self.offset if weight.ndim == 2 else weight * self.offset
        return weight * self.scale, bias + added


class _Lowering:
    """A program in the making."""

    def __init__(self, inputs: int, sizes: Sizes, scheme: Scheme) -> None:
        self.build = ProgramBuilder(bins=inputs)
        self._sizes, self._scheme = sizes, scheme

    def begin(self) -> _Flow:
        """The inputs, rounded."""
        wire = self.holding("input")
        return _Flow(self.build.quantize(wire), wire)

    def block(self, block: Block, flow: _Flow) -> _Flow:
        """Steps, residual, steps."""
        entering = flow
        following = [*block.steps[1:], None]
        for step, after in zip(block.steps, following, strict=True):
            is_control = isinstance(after, Activation) and after.kind == "sigmoid"
            flow = (
                self.dense(step, flow, CONTROL)
                if is_control and isinstance(step, Dense)
                else self.step(step, flow)
            )
        if block.residual:
            entering, flow = self.plain(entering), self.plain(flow)
            flow = self.added(entering, flow, f"{block.name}.sum")
        for step in block.after:
            flow = self.step(step, flow)
        return flow

    @singledispatchmethod
    def step(self, step: Step, flow: _Flow) -> _Flow:
        """One step."""
        raise TypeError(f"{type(step).__name__} has no integer form.")

    @step.register
    def _(self, step: Dense, flow: _Flow) -> _Flow:
        return self.dense(step, flow, self.holding(f"{step.name}.out"))

    @step.register
    def _(self, step: Norm, flow: _Flow) -> _Flow:
        scale, offset = flow.folded(step.scale, step.offset)
        return replace(flow, scale=scale, offset=offset, norm=f"{step.name}.out")

    @step.register
    def _(self, step: Activation, flow: _Flow) -> _Flow:
        if step.kind in GELUS:
            raise ValueError(
                f"{step.name} is a GELU, which no node of a Program computes; ask for sigmoid or relu in its place "
                "(linnet import --gelu) and see what it costs, or train on with relu or silu."
            )
        return _ACTIVATIONS[step.kind](self, step.name, self.plain(flow))

    @step.register
    def _(self, step: Glu, flow: _Flow) -> _Flow:
        if step.value is None or step.value_bias is None:
            value = flow = self.plain(flow)
        else:
            value = self.matrix(step.value, step.value_bias, flow, self.holding(f"{step.name}.value"))
        control = self.matrix(step.gate, step.gate_bias, flow, CONTROL)
        return self.gated(value, control)

    @step.register
    def _(self, step: Diagonal, flow: _Flow) -> _Flow:
        name = step.name
        spread = state_spread(self._sizes[f"{name}.state"], parts=2)
        state = self.holding(f"{name}.state", spread=spread)
        drive = WireFormat(32, state.exponent + self._scheme.state_guard_bits, spread)
        driven = self.matrix(step.B, step.drive_bias, flow, drive)
        decays = decay_codes((step.decay[: step.states], step.decay[step.states :]))
        states = _Flow(self.build.recurrence(driven.wire, decays, state), state)
        if step.D is None:
            return self.matrix(step.C, step.bias, states, self.holding(f"{name}.out"))
        term = min(self.holding(f"{name}.read"), self.holding(f"{name}.skip"), key=lambda wire: wire.exponent)
        read = self.matrix(step.C, step.bias, states, term)
        skip = self.matrix(step.D, np.zeros(step.D.shape[0]), flow, term)
        return self.added(read, skip, f"{name}.out")

    @step.register
    def _(self, step: Gated, flow: _Flow) -> _Flow:
        largest = float(np.max(self._sizes[f"{step.name}.candidate"]))
        exponent = self._scheme.activation_exponent(largest, CANDIDATE_BITS)
        candidate = self.matrix(step.value, step.value_bias, flow, WireFormat(32, exponent))
        control = self.matrix(step.gate, step.gate_bias, flow, CONTROL)
        state = self.holding(f"{step.name}.out", finest=exponent)
        return _Flow(self.build.gated_recurrence(candidate.wire, control.wire, state), state)

    def dense(self, step: Dense, flow: _Flow, target: WireFormat) -> _Flow:
        """W x + b on a wire of this format."""
        return self.matrix(step.weight, step.bias, flow, target)

    def matrix(self, weight: Array, bias: Array, flow: _Flow, target: WireFormat) -> _Flow:
        """A matrix or a diagonal between two wires, with the norm that waited for it."""
        weight, bias = flow.folded(weight, bias)
        codes = self._codes(weight, bias, flow.format, target)
        add_node = self.build.linear if weight.ndim == 2 else self.build.scale
        return _Flow(add_node(flow.wire, codes, target), target)

    def plain(self, flow: _Flow) -> _Flow:
        """The flow with nothing left to do: a node of its own for a norm that no matrix follows."""
        if flow.scale is None or flow.offset is None:
            return flow
        return self.scaled(flow, 1.0, 0.0, self.holding(flow.norm))

    def scaled(self, flow: _Flow, factor: float, offset: float, target: WireFormat) -> _Flow:
        """factor x + offset of every value."""
        width = self.build.width(flow.wire)
        return self.matrix(np.full(width, factor), np.full(width, offset), flow, target)

    def gated(self, value: _Flow, control: _Flow) -> _Flow:
        """value sigmoid(control)."""
        return _Flow(self.build.gate(value.wire, control.wire, value.format), value.format)

    def added(self, one: _Flow, other: _Flow, name: str) -> _Flow:
        """The sum of two wires."""
        exponents = one.format.exponent, other.format.exponent
        if max(exponents) - min(exponents) > LARGEST_LEFT_SHIFT:
            raise ValueError(
                f"the two sides of {name} have the exponents {exponents[0]} and {exponents[1]}, more than "
                f"{LARGEST_LEFT_SHIFT} apart, so one of them would vanish; give examples on which both matter."
            )
        target = self.holding(name, finest=max(exponents))
        return _Flow(self.build.add(one.wire, other.wire, target), target)

    def holding(self, name: str, *, finest: int | None = None, spread: Array | int = 0) -> WireFormat:
        """The format of 16 bits that holds what a tap saw, at an exponent of at most `finest`."""
        largest = float(np.max(self._sizes[name] * np.exp2(np.float64(1) * spread)))
        exponent = self._scheme.activation_exponent(largest, 16)
        return WireFormat(16, exponent if finest is None else min(exponent, finest), spread)

    def _codes(self, weight: Array, bias: Array, source: WireFormat, target: WireFormat) -> MatrixCodes:
        """The matrix in integers; rows so wide that their sums could overflow get fewer bits."""
        most = self._scheme.weight_bits
        tries = [
            matrix_codes(weight, bias, source, target, scheme=self._scheme, bits=b)
            for b in range(most, 1, -1)
        ]
        chosen = tries[0]
        for coarser in tries[1:]:
            rows = np.abs(chosen.weight.astype(np.int64)).reshape(len(weight), -1).sum(axis=1)
            too_large = rows >= LARGEST_SUM_OF_CODES
            if not too_large.any():
                break
            chosen = MatrixCodes(
                np.where(too_large.reshape(-1, *[1] * (weight.ndim - 1)), coarser.weight, chosen.weight),
                np.where(too_large, coarser.bias, chosen.bias),
                np.where(too_large, coarser.shift, chosen.shift),
            )
        return chosen


def _relu(lowering: _Lowering, name: str, x: _Flow) -> _Flow:
    del name
    return _Flow(lowering.build.relu(x.wire), x.format)


def _silu(lowering: _Lowering, name: str, x: _Flow) -> _Flow:
    del name
    return lowering.gated(x, lowering.scaled(x, 1.0, 0.0, CONTROL))


def _sigmoid(lowering: _Lowering, name: str, x: _Flow) -> _Flow:
    del name
    control = x if x.format == CONTROL else lowering.scaled(x, 1.0, 0.0, CONTROL)
    return _Flow(lowering.build.sigmoid(control.wire, SHARE), SHARE)


def _tanh(lowering: _Lowering, name: str, x: _Flow) -> _Flow:
    """2 sigmoid(2 x) - 1."""
    doubled = lowering.scaled(x, 2.0, 0.0, CONTROL)
    share = _sigmoid(lowering, name, doubled)
    return lowering.scaled(share, 2.0, -1.0, UNIT)


def _gelu_sigmoid(lowering: _Lowering, name: str, x: _Flow) -> _Flow:
    """x sigmoid(SLOPE x - BEND clip(x, -1, 1)): the clip is the saturation of a wire."""
    del name
    clip = lowering.scaled(x, 1.0, 0.0, UNIT)
    bend, slope = (
        lowering.scaled(clip, -GELU_BEND, 0.0, CONTROL),
        lowering.scaled(x, GELU_SLOPE, 0.0, CONTROL),
    )
    control = _Flow(lowering.build.add(slope.wire, bend.wire, CONTROL), CONTROL)
    return lowering.gated(x, control)


_ACTIVATIONS: Mapping[str, Callable[[_Lowering, str, _Flow], _Flow]] = {
    "relu": _relu,
    "silu": _silu,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "gelu_sigmoid": _gelu_sigmoid,
}
