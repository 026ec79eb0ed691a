"""Dead-code elimination in a Program: values that cannot reach an output leave it, and its outputs keep every bit.

Two analyses, both exact. Forward, the range of every value over all inputs (interval arithmetic): a value with one code
is a constant, whose weights go into the bias of the next matrix. Backward, which values a weight other than 0 still
reads: the rest leave their wire, with the rows, columns, biases and decays that belong to them. NumPy only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from linnet.ir import (
    Add,
    ComplexRelu,
    DiagonalRecurrence,
    Gate,
    Linear,
    Node,
    Program,
    Relu,
    Scale,
    Sigmoid,
    Wire,
)
from linnet.ir.interpreter import meaning
from linnet.numerics import requantize

STATES_TOGETHER = (
    16  # engines compute so many complex states at a time, and those that are left over one by one
)

Masks = dict[int, npt.NDArray[np.bool_]]
Ranges = dict[int, npt.NDArray[np.int64]]
"""[2, width]: the least and the largest code of every value of a wire."""

_ELEMENTWISE = (Relu, Scale, Gate, Add, Sigmoid)
_PAIRED = (DiagonalRecurrence, ComplexRelu)


def eliminate_dead(program: Program) -> Program:
    """The same outputs, bit for bit, from fewer values: wires keep their order, some become narrower.

    Complex states are kept in multiples of STATES_TOGETHER where there are as many; those kept for that are always 0.
    """
    folded = replace(program, nodes=_without_constants(program))
    live = _live(folded)
    kept = {
        wire: _whole_vectors(mask) if wire in _paired_wires(folded) else mask for wire, mask in live.items()
    }
    wires = tuple(replace(wire, width=int(kept[i].sum())) for i, wire in enumerate(folded.wires))
    smaller = replace(folded, wires=wires, nodes=tuple(_narrowed(node, live, kept) for node in folded.nodes))
    smaller.validate()
    return smaller


def _without_constants(program: Program) -> tuple[Node, ...]:
    """Matrices without the columns of constants and the weights of rows that are constant."""
    ranges = _ranges(program)
    return tuple(_folded(node, ranges) if _is_plain(node) else node for node in program.nodes)


def _is_plain(node: Node) -> TypeGuard[Linear]:
    """Whether a node is a matrix that serves one group: one of many groups is left as it is."""
    return isinstance(node, Linear) and node.repeat == 1


def _folded(node: Linear, ranges: Ranges) -> Linear:
    least, largest = ranges[node.source]
    weight, bias = node.weight.astype(np.int64), node.bias.astype(np.int64)
    row_is_constant = np.equal(*ranges[node.target])
    bias = np.where(row_is_constant, _least_sums(weight, bias, least, largest), bias)
    weight = np.where(row_is_constant[:, None], 0, weight)
    is_constant = least == largest
    bias = bias + weight[:, is_constant] @ least[is_constant]
    weight[:, is_constant] = 0
    return replace(node, weight=weight.astype(np.int8), bias=bias.astype(np.int32))


def _least_sums(
    weight: npt.NDArray[np.int64],
    bias: npt.NDArray[np.int64],
    least: npt.NDArray[np.int64],
    largest: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    return np.asarray(np.maximum(weight, 0) @ least + np.minimum(weight, 0) @ largest + bias)


def _ranges(program: Program) -> Ranges:
    """Of every wire of codes, over all inputs; the float wires have none that is used."""
    ranges = {i: _any_code(wire) for i, wire in enumerate(program.wires)}
    for node in program.nodes:
        target = program.wires[node.writes]
        inputs = [ranges[wire] for wire in node.reads]
        if _is_plain(node):
            weight, bias = node.weight.astype(np.int64), node.bias.astype(np.int64)
            sums = (_least_sums(weight, bias, *inputs[0]), -_least_sums(-weight, -bias, *inputs[0]))
            ranges[node.writes] = np.stack([requantize(s, node.shift, target.bits) for s in sums]).astype(
                np.int64
            )
        elif isinstance(node, DiagonalRecurrence):
            moves = _of_pairs(np.asarray(inputs[0].any(axis=0)))  # a state that nothing drives stays at 0
            ranges[node.writes] = np.where(moves, ranges[node.writes], 0)
        elif isinstance(node, ComplexRelu):
            never = np.tile(np.split(inputs[0][1] <= 0, 2)[0], 2)
            within = np.stack([np.minimum(inputs[0][0], 0), np.maximum(inputs[0][1], 0)])
            ranges[node.writes] = np.where(never, 0, within)
        elif isinstance(node, _ELEMENTWISE):
            ranges[node.writes] = _corners(node, inputs, target)
    return ranges


def _any_code(wire: Wire) -> npt.NDArray[np.int64]:
    top = 1 << (wire.bits - 1) if wire.bits else 1
    return np.tile(np.array([[-top], [top - 1]], np.int64), wire.width)


def _corners(node: Node, inputs: list[npt.NDArray[np.int64]], target: Wire) -> npt.NDArray[np.int64]:
    """Every one of these nodes is monotone in each of its inputs alone, so its ends are at the ends of theirs."""
    first, last = inputs[0], inputs[-1]
    given = [np.concatenate([first, first])]
    if len(inputs) == 2:
        given.append(np.concatenate([last, last[::-1]]))
    values = np.asarray(meaning(node, given, target)).astype(np.int64)
    return np.stack([values.min(axis=0), values.max(axis=0)])


def _of_pairs(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Of real and imaginary parts [2 P], both where either is marked."""
    return np.tile(np.logical_or(*np.split(mask, 2)), 2)


def _live(program: Program) -> Masks:
    """Which values of each wire may reach the output. Wires that are read and written value by value share one mask."""
    group = _groups(program)
    masks = {root: np.zeros(program.wires[root].width, bool) for root in set(group.values())}
    for wire in _fixed_wires(program):
        masks[group[wire]][:] = True
    paired = {group[wire] for wire in _paired_wires(program)}
    matrices = [node for node in program.nodes if _is_plain(node)]
    before = -1
    while before != (before := sum(int(mask.sum()) for mask in masks.values())):
        for node in matrices:
            masks[group[node.source]] |= (node.weight[masks[group[node.target]]] != 0).any(axis=0)
        for root in paired:
            masks[root] = _of_pairs(masks[root])
    for mask in masks.values():
        mask[0] |= not mask.any()  # a wire has at least one value
    return {wire: masks[root] for wire, root in group.items()}


def _groups(program: Program) -> dict[int, int]:
    """The first wire of each wire's group: nodes that compute value by value join what they read and write."""
    group = {wire: wire for wire in range(len(program.wires))}
    for node in program.nodes:
        if not isinstance(node, Linear):
            joined = {group[wire] for wire in (*node.reads, node.writes)}
            group = {wire: min(joined) if root in joined else root for wire, root in group.items()}
    return group


def _fixed_wires(program: Program) -> set[int]:
    """Those of the input and the output, and of nodes that nothing is known of here: they keep their width."""
    known = (*_PAIRED, *_ELEMENTWISE)
    return {
        wire
        for node in program.nodes
        if not (_is_plain(node) or isinstance(node, known))
        for wire in (*node.reads, node.writes)
    }


def _paired_wires(program: Program) -> set[int]:
    """Wires of complex values: real parts, then imaginary ones."""
    group = _groups(program)
    roots = {group[node.writes] for node in program.nodes if isinstance(node, _PAIRED)}
    return {wire for wire, root in group.items() if root in roots}


def _whole_vectors(live: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The first dead pairs are kept, too, until the pairs fill whole vectors."""
    pairs = live[: live.size // 2]
    missing = -int(pairs.sum()) % STATES_TOGETHER
    spare = np.flatnonzero(~pairs)[:missing]
    kept = pairs.copy()
    kept[spare if spare.size == missing else slice(None)] = True
    return np.tile(kept, 2)


def _narrowed(node: Node, live: Mapping[int, Any], kept: Mapping[int, Any]) -> Node:
    """The node between narrower wires. A value that is dead but kept is 0."""
    rows = kept[node.writes]
    if _is_plain(node):
        is_live = live[node.target]
        weight = np.where(is_live[:, None], node.weight, 0).astype(np.int8)[rows][:, kept[node.source]]
        bias = np.where(is_live, node.bias, 0).astype(np.int32)[rows]
        return replace(node, weight=weight, bias=bias, shift=node.shift[rows])
    if isinstance(node, Scale):
        return replace(node, weight=node.weight[rows], bias=node.bias[rows], shift=node.shift[rows])
    if isinstance(node, DiagonalRecurrence):
        pairs = rows[: rows.size // 2]
        decays = (node.decay_re[pairs], node.decay_im[pairs], node.decay_shift[pairs])
        return replace(node, decay_re=decays[0], decay_im=decays[1], decay_shift=decays[2])
    return node
