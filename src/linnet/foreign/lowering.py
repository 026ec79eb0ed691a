"""From a Network and the sizes of its values on examples to an integer Program, step by step in the order of `run`.

A fixed norm goes into the weights and biases of the matrix that follows. Where it scales some values much more than
others, which would leave few of 8 bits to the rest, its powers of two become a node, which costs a product a value.
What an operation does to wires and constants is flows.py's, what a node means ir/nodes.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import singledispatchmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.compiler.eliminate import eliminate_dead
from linnet.foreign.flows import Flow, Flows, Sizes, powers_of_two
from linnet.foreign.network import Activation, Block, Dense, Diagonal, Gated, Glu, Network, Norm, Step
from linnet.foreign.reference import GELU_BEND, GELU_SLOPE, run
from linnet.ir import Metadata, Program
from linnet.quant.decays import decay_codes
from linnet.quant.matrices import WireFormat
from linnet.quant.plan import SIGMOID_INPUT_EXPONENT, SIGMOID_OUTPUT_EXPONENT, state_spread
from linnet.quant.scheme import CANDIDATE_BITS, W8A16, Scheme

Array = NDArray[Any]

CONTROL = WireFormat(16, SIGMOID_INPUT_EXPONENT)
SHARE = WireFormat(16, SIGMOID_OUTPUT_EXPONENT)
UNIT = WireFormat(16, 15)  # saturates at -1 and just below 1
FOLDED_SPREAD = 4  # largest over least power of two of a norm that goes into a matrix, whose rows have 8 bits
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


class _Lowering(Flows):
    """A program in the making, step by step."""

    def begin(self) -> Flow:
        """The inputs, rounded."""
        wire = self.holding("input")
        return Flow(self.build.quantize(wire), wire)

    def block(self, block: Block, flow: Flow) -> Flow:
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
    def step(self, step: Step, flow: Flow) -> Flow:
        """One step."""
        raise TypeError(f"{type(step).__name__} has no integer form.")

    @step.register
    def _(self, step: Dense, flow: Flow) -> Flow:
        return self.dense(step, flow, self.holding(f"{step.name}.out"))

    @step.register
    def _(self, step: Norm, flow: Flow) -> Flow:
        scale, offset = flow.folded(step.scale, step.offset)
        waiting = replace(flow, scale=scale, offset=offset, norm=f"{step.name}.out")
        return waiting if _spread(scale) <= FOLDED_SPREAD else self.evened(waiting, scale, offset)

    @step.register
    def _(self, step: Activation, flow: Flow) -> Flow:
        if step.kind in GELUS:
            raise ValueError(
                f"{step.name} is a GELU, which no node of a Program computes; ask for sigmoid or relu in its place "
                "(linnet import --gelu) and see what it costs, or train on with relu or silu."
            )
        return _ACTIVATIONS[step.kind](self, step.name, self.plain(flow))

    @step.register
    def _(self, step: Glu, flow: Flow) -> Flow:
        if step.value is None or step.value_bias is None:
            value = flow = self.plain(flow)
        else:
            value = self.matrix(step.value, step.value_bias, flow, self.holding(f"{step.name}.value"))
        control = self.matrix(step.gate, step.gate_bias, flow, CONTROL)
        return self.gated(value, control)

    @step.register
    def _(self, step: Diagonal, flow: Flow) -> Flow:
        name = step.name
        spread = state_spread(self.sizes[f"{name}.state"], parts=2)
        state = self.holding(f"{name}.state", spread=spread)
        drive = WireFormat(32, state.exponent + self.scheme.state_guard_bits, spread)
        driven = self.matrix(step.B, step.drive_bias, flow, drive)
        decays = decay_codes((step.decay[: step.states], step.decay[step.states :]))
        states = Flow(self.build.recurrence(driven.wire, decays, state), state)
        if step.D is None:
            return self.matrix(step.C, step.bias, states, self.holding(f"{name}.out"))
        term = min(self.holding(f"{name}.read"), self.holding(f"{name}.skip"), key=lambda wire: wire.exponent)
        read = self.matrix(step.C, step.bias, states, term)
        skip = self.matrix(step.D, np.zeros(step.D.shape[0]), flow, term)
        return self.added(read, skip, f"{name}.out")

    @step.register
    def _(self, step: Gated, flow: Flow) -> Flow:
        largest = float(np.max(self.sizes[f"{step.name}.candidate"]))
        exponent = self.scheme.activation_exponent(largest, CANDIDATE_BITS)
        candidate = self.matrix(step.value, step.value_bias, flow, WireFormat(32, exponent))
        control = self.matrix(step.gate, step.gate_bias, flow, CONTROL)
        state = self.holding(f"{step.name}.out", finest=exponent)
        return Flow(self.build.gated_recurrence(candidate.wire, control.wire, state), state)

    def dense(self, step: Dense, flow: Flow, target: WireFormat) -> Flow:
        """W x + b on a wire of this format."""
        return self.matrix(step.weight, step.bias, flow, target)


def _spread(scale: Array) -> float:
    powers = powers_of_two(scale)
    return float(np.max(powers) / np.min(powers))


def _relu(lowering: _Lowering, name: str, x: Flow) -> Flow:
    del name
    return Flow(lowering.build.relu(x.wire), x.format)


def _silu(lowering: _Lowering, name: str, x: Flow) -> Flow:
    del name
    return lowering.gated(x, lowering.scaled(x, 1.0, 0.0, CONTROL))


def _sigmoid(lowering: _Lowering, name: str, x: Flow) -> Flow:
    del name
    control = x if x.format == CONTROL else lowering.scaled(x, 1.0, 0.0, CONTROL)
    return Flow(lowering.build.sigmoid(control.wire, SHARE), SHARE)


def _tanh(lowering: _Lowering, name: str, x: Flow) -> Flow:
    """2 sigmoid(2 x) - 1."""
    doubled = lowering.scaled(x, 2.0, 0.0, CONTROL)
    share = _sigmoid(lowering, name, doubled)
    return lowering.scaled(share, 2.0, -1.0, UNIT)


def _gelu_sigmoid(lowering: _Lowering, name: str, x: Flow) -> Flow:
    """x sigmoid(SLOPE x - BEND clip(x, -1, 1)): the clip is the saturation of a wire."""
    del name
    clip = lowering.scaled(x, 1.0, 0.0, UNIT)
    bend, slope = (
        lowering.scaled(clip, -GELU_BEND, 0.0, CONTROL),
        lowering.scaled(x, GELU_SLOPE, 0.0, CONTROL),
    )
    control = Flow(lowering.build.add(slope.wire, bend.wire, CONTROL), CONTROL)
    return lowering.gated(x, control)


_ACTIVATIONS: Mapping[str, Callable[[_Lowering, str, Flow], Flow]] = {
    "relu": _relu,
    "silu": _silu,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "gelu_sigmoid": _gelu_sigmoid,
}
