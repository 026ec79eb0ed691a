"""Each node as C: its constants, and the calls into the scalar engine that compute it, in the order of nodes.c."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import numpy as np
import numpy.typing as npt

from linnet.compiler.c_text import array_text, float_text, table_text
from linnet.compiler.flash import Choice, FlashMatrix, Layout, lay_out
from linnet.compiler.slots import Slots
from linnet.ir.nodes import (
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
)
from linnet.ir.program import ACTIVITY_LETTERS, Program

C_TYPES = {"int8": "int8_t", "int16": "int16_t", "int32": "int32_t", "uint8": "uint8_t", "uint16": "uint16_t"}

BEHIND_RELU = 0.5  # a guess at how many codes are not 0, where the model file does not say


@dataclass
class CNodes:
    """The nodes of a program while they become C: texts of constants, and what has been counted of them."""

    program: Program
    name: str
    slots: Slots
    choice: Choice
    constants: list[str] = field(default_factory=list)
    constant_bytes: int = 0
    matrices: list[FlashMatrix] = field(default_factory=list)

    def own(self, name: str) -> str:
        """`name` as the C calls it: nothing at file scope is called what the model, or another one, might be."""
        return f"{self.name}_{name}"

    def array(self, name: str, values: npt.NDArray[Any]) -> str:
        """Add one constant; returns its name in C."""
        name = self.own(name)
        c_type = C_TYPES.get(values.dtype.name, "float")
        self.constants.append(array_text(c_type, name, values))
        self.constant_bytes += values.nbytes
        return name

    def calls(self, index: int) -> str:
        """What computes node `index`, behind a comment that says what it is."""
        node = self.program.nodes[index]
        widths = [self.program.wires[wire].width for wire in (*node.reads, node.writes)]
        text = (
            f"    /* {index}: {type(node).__name__} {' x '.join(map(str, widths[:-1]))} -> {widths[-1]} */\n"
        )
        calls = node_calls(node, self, index)
        if index > 0:  # run_nodes begins with the codes of Quantize, or of the caller
            calls = [*calls, *self.saturated(node.writes)]
        return text + "".join(f"    {call}\n" for call in calls)

    def saturated(self, wire: int) -> list[str]:
        """The call behind all that writes a wire of 8 bits; none for another."""
        width = self.program.wires[wire].width
        return (
            [f"e->saturate8({width}, {self.slots.of(wire)});"] if self.program.wires[wire].bits == 8 else []
        )

    def activity(self, wire: int) -> float:
        """The share of a wire's codes that is not 0: as the model file says, or a guess."""
        letters = self.program.metadata.activity
        if letters:
            return ACTIVITY_LETTERS.index(letters[wire]) / (len(ACTIVITY_LETTERS) - 1)
        makers = [node for node in self.program.nodes if node.writes == wire]
        return BEHIND_RELU if any(isinstance(node, (Relu, ComplexRelu)) for node in makers) else 1.0

    def narrow(self, index: int, shift: npt.NDArray[np.int8], target: int) -> str:
        """The call that brings the sums of a node to its target wire."""
        wire = self.program.wires[target]
        name = self.array(f"shift_{index}", shift)
        return f"e->narrow{max(wire.bits, 16)}(s->sums, {name}, {wire.width}, {self.slots.of(target)});"


def power_text(exponent: int) -> str:
    """2^exponent as a float, exact; exponents are within -64..64."""
    return float_text(2.0**exponent)


@singledispatch
def node_calls(node: Node, c: CNodes, index: int) -> list[str]:
    """The calls of one node."""
    raise TypeError(f"{type(node).__name__} has no C.")


@node_calls.register
def _(node: Linear, c: CNodes, index: int) -> list[str]:
    layout = c.choice(node.weight, c.activity(node.source))
    matrix = lay_out(node.weight, layout)
    c.matrices.append(matrix)
    bias = c.array(f"bias_{index}", node.bias)
    fields = [str(matrix.rows), str(matrix.columns), bias]
    matrix_name = c.own(f"matrix_{index}")
    if matrix.steps is None or matrix.gaps is None:
        kind = "ln_flash_dense"
        fields.append(c.array(f"weights_{index}", matrix.weights))
    elif layout is Layout.PACKED:
        kind = "ln_flash_packed"
        for name, values in (("counts", matrix.steps), ("weights", matrix.weights), ("ways", matrix.gaps)):
            fields.append(c.array(f"{name}_{index}", values if values.size else np.zeros(1, values.dtype)))
    else:
        kind = "ln_flash_sparse"
        fields.append(c.array(f"steps_{index}", matrix.steps))
        pairs = [f"{{{g}, {w}}}" for g, w in zip(matrix.gaps.tolist(), matrix.weights.tolist(), strict=True)]
        entries = c.own(f"entries_{index}")
        c.constants.append(table_text("ln_flash_entry", entries, pairs or ["{0, 0}"]))
        c.constant_bytes += 2 * max(len(pairs), 1)
        fields.append(entries)
    c.constants.append(f"static const {kind} {matrix_name} = {{{', '.join(fields)}}};\n")
    source, target = c.slots.of(node.source), c.slots.of(node.target)
    multiply = f"ln_flash_multiply_{layout.value}(&{matrix_name}, {source}"
    if node.repeat == 1:
        return [f"{multiply}, s->sums);", c.narrow(index, node.shift, node.target)]
    shift, bits = c.array(f"shift_{index}", node.shift), max(c.program.wires[node.target].bits, 16)
    return [
        f"for (uint32_t group = 0; group < {node.repeat}; group++) {{",
        f"    {multiply} + {matrix.columns} * group, s->sums);",
        f"    e->narrow{bits}(s->sums, {shift}, {matrix.rows}, {target} + {matrix.rows} * group);",
        "}",
    ]


@node_calls.register
def _(node: Scale, c: CNodes, index: int) -> list[str]:
    weight, bias = c.array(f"weight_{index}", node.weight), c.array(f"bias_{index}", node.bias)
    scale = f"e->scale({c.slots.of(node.source)}, {weight}, {bias}, {node.weight.size}, s->sums);"
    return [scale, c.narrow(index, node.shift, node.target)]


@node_calls.register
def _(node: DiagonalRecurrence, c: CNodes, index: int) -> list[str]:
    names = [
        c.array(f"{name}_{index}", getattr(node, name)) for name in ("decay_re", "decay_im", "decay_shift")
    ]
    fields = [str(node.decay_re.size), str(node.out_shift), *names]
    recurrence = c.own(f"recurrence_{index}")
    c.constants.append(f"static const ln_recurrence {recurrence} = {{{', '.join(fields)}}};\n")
    source, target = c.slots.of(node.source), c.slots.of(node.target)
    return [f"e->recur(&{recurrence}, {source}, s->state_{index}, {target});"]


@node_calls.register
def _(node: GatedRecurrence, c: CNodes, index: int) -> list[str]:
    width = c.program.wires[node.target].width
    gated = c.own(f"gated_{index}")
    c.constants.append(f"static const ln_gated {gated} = {{{width}, {node.out_shift}}};\n")
    wires = ", ".join(c.slots.of(wire) for wire in (node.source, node.control))
    return [f"e->recur_gated(&{gated}, {wires}, s->state_{index}, {c.slots.of(node.target)});"]


@node_calls.register
def _(node: Add, c: CNodes, index: int) -> list[str]:
    shifts = f"{node.source_shift}, {node.other_shift}, {node.shift}"
    name = c.own(f"sum_{index}")
    c.constants.append(f"static const ln_sum {name} = {{{shifts}}};\n")
    wires = ", ".join(c.slots.of(wire) for wire in (node.source, node.other))
    width = c.program.wires[node.target].width
    return [f"e->add(&{name}, {wires}, {width}, {c.slots.of(node.target)});"]


@node_calls.register
def _(node: Gate, c: CNodes, index: int) -> list[str]:
    wires = ", ".join(c.slots.of(wire) for wire in (node.source, node.control))
    return [f"e->gate({wires}, {c.program.wires[node.target].width}, {c.slots.of(node.target)});"]


@node_calls.register
def _(node: Quantize, c: CNodes, index: int) -> list[str]:
    target = c.program.wires[node.target]
    places = f"{power_text(target.exponent)}, {target.width}, {c.slots.of(node.target)}"
    return [f"e->quantize({c.slots.of(node.source)}, {places});"]


@node_calls.register
def _(node: Dequantize, c: CNodes, index: int) -> list[str]:
    source = c.program.wires[node.source]
    places = f"{power_text(-source.exponent)}, {source.width}, {c.slots.of(node.target)}"
    return [f"e->dequantize({c.slots.of(node.source)}, {places});"]


def _one_to_one(function: str) -> Any:
    def calls(node: Relu | ComplexRelu | Sigmoid, c: CNodes, index: int) -> list[str]:
        width = c.program.wires[node.target].width
        return [f"e->{function}({c.slots.of(node.source)}, {width}, {c.slots.of(node.target)});"]

    return calls


node_calls.register(Relu, _one_to_one("relu"))
node_calls.register(ComplexRelu, _one_to_one("complex_relu"))
node_calls.register(Sigmoid, _one_to_one("sigmoid"))
