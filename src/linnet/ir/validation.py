"""The proof that a program is well formed: order, widths, exponents, ranges, and no overflow.

`check` knows what each kind of node asks of its wires; `validate_graph` what they ask of each other.
What an accepted program computes is interpreter.py's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

import numpy as np
import numpy.typing as npt

from linnet.ir.nodes import (
    CODE_BITS,
    FLOAT_BITS,
    Add,
    ComplexRelu,
    Dequantize,
    DiagonalRecurrence,
    Gate,
    GatedRecurrence,
    Linear,
    Node,
    Quantize,
    Relu,
    Scale,
    Sigmoid,
    Wire,
)
from linnet.numerics import LARGEST_SHIFT, SIGMOID_EXPONENT, SMALLEST_SHIFT

MAX_WIDTH = 32767  # counts per row are int16 in the model file
MAX_NODES = 4096
MAX_EXPONENT = 64  # keeps code * 2^-exponent a normal float32
MAX_WEIGHTS = 1 << 26  # int8 weights of all matrices together, unpacked: 64 MiB
MAX_DECAY_SHIFT = 46
ACCUMULATOR_LIMIT = 1 << 31


def validate_graph(wires: Sequence[Wire], nodes: Sequence[Node]) -> None:
    """Raise ValueError unless the nodes, in order, turn wire 0 into the last node's wire."""
    if not 2 <= len(nodes) <= MAX_NODES or not wires:
        raise ValueError(
            f"{len(nodes)} nodes and {len(wires)} wires came, but a program has 2 to {MAX_NODES} nodes; "
            "begin with Quantize and end with Dequantize."
        )
    for index, wire in enumerate(wires):
        _check_wire(index, wire)
    _check_order(len(wires), nodes)
    weights = 0
    for index, node in enumerate(nodes):
        try:
            check(node, wires)
        except ValueError as error:
            raise ValueError(f"node {index} ({type(node).__name__}): {error}") from error
        weights += node.weight.size if isinstance(node, Linear) else 0
    if weights > MAX_WEIGHTS:
        raise ValueError(f"{weights} weights came, the limit is {MAX_WEIGHTS}; make the model smaller.")


def _check_wire(index: int, wire: Wire) -> None:
    if not 1 <= wire.width <= MAX_WIDTH:
        raise ValueError(f"wire {index} has width {wire.width}; give 1 to {MAX_WIDTH}.")
    if wire.bits not in (FLOAT_BITS, *CODE_BITS, 32):
        raise ValueError(f"wire {index} has {wire.bits} bits; give 8, 16, 32, or 0 for float32.")
    limit = MAX_EXPONENT if wire.bits else 0
    if abs(wire.exponent) > limit:
        raise ValueError(
            f"wire {index} of {wire.bits} bits has exponent {wire.exponent}; give at most {limit}."
        )


def _check_order(wire_count: int, nodes: Sequence[Node]) -> None:
    """Wire 0 is given; every other wire is written once, before it is read."""
    ready = {0}
    for index, node in enumerate(nodes):
        name = f"node {index} ({type(node).__name__})"
        if isinstance(node, Quantize) != (index == 0) or isinstance(node, Dequantize) != (
            index == len(nodes) - 1
        ):
            raise ValueError(
                f"{name} stands in the wrong place; Quantize is the first node and Dequantize the last, "
                "both only once."
            )
        for wire in node.reads:
            if wire not in ready:
                raise ValueError(f"{name} reads wire {wire} before anything writes it; reorder the nodes.")
        if not 0 < node.writes < wire_count or node.writes in ready:
            raise ValueError(
                f"{name} writes wire {node.writes}, which is not a free one of {wire_count}; "
                "give every node a wire of its own."
            )
        ready.add(node.writes)
    if len(ready) != wire_count:
        spare = min(set(range(wire_count)) - ready)
        raise ValueError(f"nothing writes wire {spare}; leave it out.")


@singledispatch
def check(node: Node, wires: Sequence[Wire]) -> None:
    """Raise ValueError unless `node` fits the wires it reads and writes."""
    raise ValueError(f"{type(node).__name__} is not a kind of node; use one of ir.nodes.NODE_KINDS.")


def _expect(wire: Wire, role: str, *, width: int, bits: tuple[int, ...], exponent: int | None = None) -> None:
    """One wire against what a node asks of it; exponent None asks nothing."""
    if wire.width != width:
        raise ValueError(f"its {role} is {wire.width} wide, the rest of it {width}; make them equal.")
    if wire.bits not in bits:
        raise ValueError(f"its {role} has {wire.bits} bits; give a wire of {bits} bits.")
    if exponent is not None and wire.exponent != exponent:
        raise ValueError(f"its {role} has exponent {wire.exponent}; the arithmetic gives {exponent}.")


def _in_range(name: str, values: npt.ArrayLike, low: int, high: int) -> None:
    array = np.asarray(values)
    if array.size and not (low <= int(array.min()) and int(array.max()) <= high):
        raise ValueError(f"{name} spans {array.min()}..{array.max()}; keep it within {low}..{high}.")


@check.register
def _(node: Linear | Scale, wires: Sequence[Wire]) -> None:
    rows = node.weight.shape[0]
    inputs, repeat = (node.weight.shape[1], node.repeat) if isinstance(node, Linear) else (rows, 1)
    _in_range("repeat", repeat, 1, MAX_WIDTH)
    if node.bias.shape != (rows,) or node.shift.shape != (rows,):
        raise ValueError(
            f"{rows} rows of weights came with {node.bias.size} biases and {node.shift.size} shifts; "
            "give one of each per row."
        )
    _expect(wires[node.source], "source", width=repeat * inputs, bits=CODE_BITS)
    _expect(wires[node.target], "target", width=repeat * rows, bits=(*CODE_BITS, 32))
    _in_range("shift", node.shift, SMALLEST_SHIFT, LARGEST_SHIFT)
    magnitudes = np.abs(node.weight).view(np.uint8).reshape(rows, -1)  # |-128| wraps to 128 unsigned
    sums = magnitudes.sum(axis=1, dtype=np.int64)
    largest = sums * 32768 + np.abs(node.bias.astype(np.int64))
    worst = int(np.argmax(largest))
    if largest[worst] >= ACCUMULATOR_LIMIT:
        raise ValueError(
            f"row {worst} can reach {largest[worst]} >= 2^31, which overflows its int32 sum; "
            "take a coarser weight scale for this row (halve its weights, shift one less) or a smaller bias."
        )


@check.register
def _(node: DiagonalRecurrence, wires: Sequence[Wire]) -> None:
    states = node.decay_re.shape
    if node.decay_im.shape != states or node.decay_shift.shape != states:
        raise ValueError(
            f"{node.decay_re.size} real decays came with {node.decay_im.size} imaginary ones and "
            f"{node.decay_shift.size} shifts; give one of each per state."
        )
    source = wires[node.source]
    _in_range("decay_shift", node.decay_shift, 0, MAX_DECAY_SHIFT)
    _in_range("out_shift", node.out_shift, 0, 31)
    _expect(source, "source", width=2 * states[0], bits=(32,))
    _expect(
        wires[node.target],
        "target",
        width=2 * states[0],
        bits=CODE_BITS,
        exponent=source.exponent - node.out_shift,
    )


@check.register
def _(node: GatedRecurrence, wires: Sequence[Wire]) -> None:
    # Nothing can overflow: a state starts at 0, lies between its last value and a candidate of 24 bits ever after,
    # and |v - h| < 2^24 times at most 2^15 stays below 2^40 with what rounds it.
    source = wires[node.source]
    exponent = source.exponent - node.out_shift
    _in_range("out_shift", node.out_shift, 0, 31)
    _expect(source, "source", width=source.width, bits=(32,))
    _expect(wires[node.control], "control", width=source.width, bits=(16,), exponent=SIGMOID_EXPONENT)
    _expect(wires[node.target], "target", width=source.width, bits=CODE_BITS, exponent=exponent)


@check.register
def _(node: Relu | ComplexRelu, wires: Sequence[Wire]) -> None:
    source = wires[node.source]
    if isinstance(node, ComplexRelu) and source.width % 2:
        raise ValueError(f"its source is {source.width} wide; pairs (re, im) need an even width.")
    _expect(source, "source", width=source.width, bits=CODE_BITS)
    _expect(wires[node.target], "target", width=source.width, bits=(source.bits,), exponent=source.exponent)


@check.register
def _(node: Gate, wires: Sequence[Wire]) -> None:
    source = wires[node.source]
    _expect(source, "source", width=source.width, bits=CODE_BITS)
    _expect(wires[node.control], "control", width=source.width, bits=(16,), exponent=SIGMOID_EXPONENT)
    _expect(wires[node.target], "target", width=source.width, bits=CODE_BITS, exponent=source.exponent)


@check.register
def _(node: Add, wires: Sequence[Wire]) -> None:
    source = wires[node.source]
    _in_range("source_shift", node.source_shift, 0, 15)
    _in_range("other_shift", node.other_shift, 0, 15)
    _in_range("shift", node.shift, 0, 31)
    sum_exponent = source.exponent + node.source_shift
    other_exponent = sum_exponent - node.other_shift
    target_exponent = sum_exponent - node.shift
    _expect(source, "source", width=source.width, bits=CODE_BITS)
    _expect(wires[node.other], "other", width=source.width, bits=CODE_BITS, exponent=other_exponent)
    _expect(wires[node.target], "target", width=source.width, bits=CODE_BITS, exponent=target_exponent)


@check.register
def _(node: Quantize, wires: Sequence[Wire]) -> None:
    source = wires[node.source]
    _expect(source, "source", width=source.width, bits=(FLOAT_BITS,))
    _expect(wires[node.target], "target", width=source.width, bits=CODE_BITS)


@check.register
def _(node: Dequantize, wires: Sequence[Wire]) -> None:
    source = wires[node.source]
    _expect(source, "source", width=source.width, bits=CODE_BITS)
    _expect(wires[node.target], "target", width=source.width, bits=(FLOAT_BITS,))


@check.register
def _(node: Sigmoid, wires: Sequence[Wire]) -> None:
    source = wires[node.source]
    _expect(source, "source", width=source.width, bits=(16,), exponent=SIGMOID_EXPONENT)
    _expect(wires[node.target], "target", width=source.width, bits=(16,), exponent=15)
