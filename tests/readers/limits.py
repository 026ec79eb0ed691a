"""Model files for rules that stand behind others: each breaks one rule alone, or stands just within a limit.

Where changes.py changes a number and more than one rule may refuse what comes of it, here everything around that
number is made to fit.
"""

from __future__ import annotations

import numpy as np

from linnet.ir.gguf import STRING, Container
from tests.ir import test_hostile_files as origin
from tests.readers.changes import (
    ADD,
    BITS,
    ENCODER,
    EXPONENT,
    GATED,
    KIND,
    LAST,
    OTHER,
    PARAMS,
    RECURRENCE,
    SIGMOID,
    TABLES,
    WIDTH,
    WIRES,
    Change,
    Status,
    all_in_one_row,
    both,
    key,
    node,
    swap,
    wire,
)

QUANTIZE, RELU, DEQUANTIZE = 8, 3, 9
UNUSED = [0, 0, 0, 0, -1, -1, -1, -1]


def row(index: int, kind: int, source: int, target: int) -> Change:
    """A node without constants in the place of another."""
    numbers = np.array([kind, source, -1, target, *UNUSED], np.int32)
    return lambda c: c.tensors[1][1].__setitem__(index, numbers)


def chain(nodes: int, width: int, *spare: Change) -> Change:
    """A program of so many nodes and no constants: Quantize, ReLUs, Dequantize."""

    def change(container: Container) -> None:
        wires = np.tile(np.array([[width, 16, 12]], np.int32), (nodes + 1, 1))
        wires[[0, -1], 1:] = 0
        kinds = [QUANTIZE, *[RELU] * (nodes - 2), DEQUANTIZE]
        rows = [[kind, index, -1, index + 1, *UNUSED] for index, kind in enumerate(kinds)]
        container.tensors[:] = [("wires", wires), ("nodes", np.array(rows, np.int32))]
        both(*spare)(container)

    return change


def longer(count: int) -> Change:
    """A file with so many bytes more, in a key that nobody knows."""
    return key("x", STRING, "x" * count)


def with_sum(source_shift: int, other_shift: int, shift: int, *, exponent: int = 9) -> Change:
    """The first sum with these shifts, its source at this exponent, all wires around it at those that follow."""
    target = exponent + source_shift - shift
    back, other_back = (
        max(0, 10 - target),
        max(0, target - 10),
    )  # the next sum is with a wire at exponent 10, to 9
    return both(
        *(node(ADD, PARAMS + i, number) for i, number in enumerate((source_shift, other_shift, shift))),
        *(wire(index, EXPONENT, target) for index in (9, 10, 12)),
        *(wire(7, EXPONENT, exponent), wire(8, EXPONENT, exponent + source_shift - other_shift)),
        *(node(12, PARAMS + i, number) for i, number in enumerate((back, other_back, target + back - 9))),
    )


def with_recurrence(shift: int) -> Change:
    """The first recurrence with this shift, the wires behind it at the exponent that follows."""
    return both(node(RECURRENCE, PARAMS, shift), *(wire(index, EXPONENT, 20 - shift) for index in (5, 6)))


def with_gated_recurrence(shift: int) -> Change:
    """The same for the gated one."""
    return both(node(GATED, PARAMS, shift), wire(16, EXPONENT, 20 - shift))


def sparse_matrix(rows: int, columns: int) -> Change:
    """The first sparse matrix claims so many rows and columns, its nonzeros in the first row."""

    def change(container: Container) -> None:
        for index, width in ((2, columns), (3, columns), (4, rows), (5, rows)):
            container.tensors[0][1][index, WIDTH] = width
        for index in (2, 3, 4):
            shape = (columns, 17) if index == 2 else (columns,)
            origin.swap_tensor(container, index, np.zeros(shape, TABLES[index].dtype))
        for index in (8, 9):
            origin.swap_tensor(container, index, np.zeros(rows, TABLES[index].dtype))
        all_in_one_row(container, rows)

    return change


def one_row(values: int, gap: int) -> Change:
    """The first sparse matrix, of 6 rows and 7 columns, its nonzeros side by side in the first row behind a gap."""
    return both(
        swap(5, np.ones(values, np.int8)),
        swap(6, np.array([gap] + [0] * ((values - 1) // 2), np.int8)),
        swap(7, np.array([values, 0, 0, 0, 0, 0], np.int16)),
    )


def renamed(index: int, name: str) -> Change:
    """Another name for a tensor."""
    return lambda c: c.tensors.__setitem__(index, (name, c.tensors[index][1]))


def summed(first: int, second: int, shifts: tuple[int, int, int]) -> Change:
    """The first sum, of these two wires with these shifts."""
    numbers = np.array([7, first, second, ADD + 1, *shifts, 0, -1, -1, -1, -1], np.int32)
    return lambda c: c.tensors[1][1].__setitem__(ADD, numbers)


JUST_AS_MANY = (1 << 24) // (1 << 14) - 1
"""Nodes of a chain whose wires have 2^14 values each, together as many as engines run."""

LIMITS: dict[int, dict[str, Change]] = {
    Status.OK: {
        "activities from a to z": key("linnet.activity", STRING, "az" * 13 + "m"),
        "two nodes": chain(2, 17),
        "4096 nodes": chain(4096, 3),
        "a Linear that says it is repeated once": node(ENCODER, PARAMS + 2, 1),
        "wires with just as many values as engines run": chain(JUST_AS_MANY, 1 << 14, longer(1 << 17)),
        "a sparse row that is full": one_row(7, 0),
        "a sparse row with its last weight in the last column": one_row(5, 2),
        "a recurrence that shifts by 0": with_recurrence(0),
        "a recurrence that shifts by 31": with_recurrence(31),
        "a gated recurrence that shifts by 0": with_gated_recurrence(0),
        "a gated recurrence that shifts by 31": with_gated_recurrence(31),
        "a sum that shifts nothing": with_sum(0, 0, 0),
        "a sum that shifts its source by 15": with_sum(15, 0, 1),
        "a sum that shifts its other by 15": with_sum(2, 15, 1),
        "a sum that shifts by 31": with_sum(2, 0, 31, exponent=30),
    },
    Status.POSITIONS: {
        "a sparse row with one weight more than columns": one_row(8, 0),
        "a sparse row with its last weight behind the last column": one_row(5, 3),
    },
    Status.TENSOR: {
        "a table of wires with another name": renamed(0, "wirez"),
        "a table of wires with a longer name": renamed(0, "wires2"),
        "a table of nodes with another name": renamed(1, "nodez"),
    },
    Status.NODE: {
        "a program that begins with a ReLU": both(
            swap(0, np.append(WIRES[1:2], WIRES[1:], axis=0)), node(0, KIND, RELU)
        ),
        "a program that quantizes twice": row(SIGMOID, QUANTIZE, 0, SIGMOID + 1),
        "a program that dequantizes twice": both(
            *(row(SIGMOID, DEQUANTIZE, SIGMOID, SIGMOID + 1), row(LAST, DEQUANTIZE, SIGMOID, LAST + 1)),
            *(wire(SIGMOID + 1, BITS, 0), wire(SIGMOID + 1, EXPONENT, 0)),
        ),
        "a program that ends with a ReLU": both(
            node(LAST, KIND, RELU), wire(LAST + 1, BITS, 16), wire(LAST + 1, EXPONENT, 15)
        ),
        "a wire written twice and one that nobody reads": both(
            row(SIGMOID, RELU, SIGMOID, SIGMOID), row(LAST, DEQUANTIZE, SIGMOID, LAST + 1)
        ),
        "a sum whose source alone is wider": summed(1, 8, (0, 3, 4)),
        "a sum whose other source alone is wider": summed(7, 1, (5, 0, 4)),
        "a recurrence that shifts by -1 to where that leads": with_recurrence(-1),
        "a recurrence that shifts by 32 to where that leads": with_recurrence(32),
        "a sum that shifts its source by -1 to where that leads": with_sum(-1, 0, 1),
        "a sum that shifts its source by 16 to where that leads": with_sum(16, 0, 1),
        "a sum that shifts its other by -1 to where that leads": with_sum(2, -1, 1),
        "a sum that shifts its other by 16 to where that leads": with_sum(2, 16, 1),
        "a sum that shifts by -1 to where that leads": with_sum(2, 0, -1),
        "a sum that shifts by 32 to where that leads": with_sum(2, 0, 32, exponent=30),
        "a second number of a dense Linear": node(ENCODER, PARAMS + 1, 1),
        "a last number of a dense Linear": node(ENCODER, PARAMS + 3, 1),
        "a third number of a ReLU": node(2, PARAMS + 2, 1),
        "another source of a Scale": node(7, OTHER, 3),
    },
    Status.TOO_LARGE: {
        "wires with one value more than engines run": both(
            chain(JUST_AS_MANY, 1 << 14, longer(1 << 17)), wire(1, WIDTH, (1 << 14) + 1)
        ),
        "a matrix with more weights than the file may claim": sparse_matrix(32767, 32767),
        "a matrix with more weights than engines run": both(sparse_matrix(32767, 2049), longer(1 << 19)),
    },
}
