"""What a neuron group computes for each kind of node: one entry a kind, restricted to the neurons of one core.

Every entry says how many instructions a neuron takes, how many 64-bit words of state it keeps, and how to run it. What
the arithmetic means is ir/interpreter.py's; here it is bound to some neurons. Instruction counts are estimates: the
length of Loihi 2 programs is not public, and none of this was checked on silicon.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linnet.ir import (
    Add,
    ComplexRelu,
    DiagonalRecurrence,
    Gate,
    GatedRecurrence,
    Linear,
    Node,
    Relu,
    Scale,
    Sigmoid,
    Wire,
)
from linnet.ir.interpreter import meaning
from linnet.ir.nodes import GATED_BITS
from linnet.numerics import requantize, saturate, shift_right_round, sigmoid15

Values = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]
Run = Callable[[Sequence[Values], Values], tuple[Values, Values]]
"""(inputs, each [neurons]; state [neurons]) -> (state after, result [neurons])."""

PROGRAM_STATE_BITS = 32
SIGMOID_PLACES = 15


@dataclass(frozen=True)
class Target:
    """What a node writes: bits of its wire, and bits of the state it may keep."""

    bits: int
    state_bits: int = PROGRAM_STATE_BITS


@dataclass(frozen=True)
class Kind:
    """Microcode of one kind of node: `bind(node, rows, target)` restricts it to some neurons of its group."""

    instructions: int
    bind: Callable[[Node, Rows, Target], Run]
    state_words: int = 0
    paired: bool = False


def kind_of(node: Node) -> Kind:
    """The microcode of a node.

    Raises:
        ValueError: there is none for its kind.
    """
    kind = KINDS.get(type(node).__name__)
    if kind is None:
        raise ValueError(
            f"a node of kind {type(node).__name__} came, for which there is no microcode, so the program cannot be "
            f"mapped; use nodes of the kinds {', '.join(sorted(KINDS))}."
        )
    return kind


def bind(node: Node, rows: Rows, target: Target) -> Run:
    """The microcode of `node` for the neurons `rows` of its group."""
    return kind_of(node).bind(node, rows, target)


def _stateless(node: Node, target: Target) -> Run:
    """The interpreter's own meaning, for a node that is already restricted to its neurons."""

    def run(inputs: Sequence[Values], state: Values) -> tuple[Values, Values]:
        wire = Wire(inputs[0].size, target.bits)
        return state, meaning(node, [codes[np.newaxis] for codes in inputs], wire)[0].astype(np.int64)

    return run


def _plain(node: Node, rows: Rows, target: Target) -> Run:
    """A node without constants of its own."""
    return _stateless(node, target)


def _scale(node: Node, rows: Rows, target: Target) -> Run:
    assert isinstance(node, Scale)
    part = dataclasses.replace(node, weight=node.weight[rows], bias=node.bias[rows], shift=node.shift[rows])
    return _stateless(part, target)


def _linear(node: Node, rows: Rows, target: Target) -> Run:
    """Bias and requantization of a sum that the synapses have made."""
    assert isinstance(node, Linear)
    bias, shift = node.bias[rows].astype(np.int64), node.shift[rows]

    def run(inputs: Sequence[Values], state: Values) -> tuple[Values, Values]:
        return state, requantize(inputs[0] + bias, shift, target.bits)

    return run


def _recurrence(node: Node, rows: Rows, target: Target) -> Run:
    """The recurrence of ir/nodes.py; with fewer state bits, states lose their lowest bits first.

    A state of b bits holds the program's state divided by 2^(32 - b): drive and read-out shift by as much.
    """
    assert isinstance(node, DiagonalRecurrence)
    chosen = rows[: rows.size // 2]
    mu_re, mu_im = node.decay_re[chosen].astype(np.int64), node.decay_im[chosen].astype(np.int64)
    places, half = node.decay_shift[chosen].astype(np.int64), chosen.size
    lost = PROGRAM_STATE_BITS - target.state_bits

    def run(inputs: Sequence[Values], state: Values) -> tuple[Values, Values]:
        drive = requantize(inputs[0], lost, 32)
        re, im = state[:half], state[half:]
        moved_re = shift_right_round(mu_re * re - mu_im * im, places)
        moved_im = shift_right_round(mu_re * im + mu_im * re, places)
        moved = np.concatenate([moved_re, moved_im])
        state = saturate(state + moved + drive, target.state_bits)
        return state, requantize(state, node.out_shift - lost, target.bits)

    return run


def refuse_narrow_gates(state_bits: int) -> None:
    """Refuse states of a gated recurrence that are narrower than it needs."""
    if state_bits < GATED_BITS:
        raise ValueError(
            f"{state_bits} bits of state were asked for, but a gated recurrence needs {GATED_BITS}; give at "
            f"least {GATED_BITS}."
        )


def _gated(node: Node, rows: Rows, target: Target) -> Run:
    """A recurrence with gates: h' = h + round(sigmoid15(control) (v - h) / 2^15), v the source within 24 bits.

    Its states are within 24 bits already, so fewer state bits than that are refused.
    """
    assert isinstance(node, GatedRecurrence)
    refuse_narrow_gates(target.state_bits)

    def run(inputs: Sequence[Values], state: Values) -> tuple[Values, Values]:
        way = saturate(inputs[0], GATED_BITS) - state
        state = state + shift_right_round(sigmoid15(inputs[1]) * way, SIGMOID_PLACES)
        return state, requantize(state, node.out_shift, target.bits)

    return run


# A kind of node is one entry. Instructions per neuron are counted by hand in the instruction set of section 3 of
# docs/explain/hardware.md: reads, arithmetic, writes.
KINDS: dict[str, Kind] = {
    Linear.__name__: Kind(4, _linear),
    DiagonalRecurrence.__name__: Kind(12, _recurrence, state_words=1, paired=True),
    Relu.__name__: Kind(1, _plain),
    ComplexRelu.__name__: Kind(2, _plain, paired=True),
    Scale.__name__: Kind(4, _scale),
    Gate.__name__: Kind(9, _plain),
    Add.__name__: Kind(4, _plain),
    Sigmoid.__name__: Kind(7, _plain),
    GatedRecurrence.__name__: Kind(14, _gated, state_words=1),
}
