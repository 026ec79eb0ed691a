"""Changes of a good model file's keys, tables and constants, by the status that the engine must give to the result.

The name of each says what is wrong then. Files that are bent in other ways, and the settings at their limits, are
refusals.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import numpy as np

from linnet.ir.gguf import STRING, UINT32, Container, read_container
from tests.ir import test_hostile_files as origin


class Status(IntEnum):
    """The statuses of linnet.h, without LINNET_ERROR_."""

    OK = 0
    ARGUMENT = 1
    MEMORY = 2
    NOT_A_MODEL = 3
    VERSION = 4
    TRUNCATED = 5
    CHECKSUM = 6
    SETTING = 7
    TENSOR = 8
    WIRE = 9
    NODE = 10
    POSITIONS = 11
    OVERFLOW = 12
    TOO_LARGE = 13
    NOT_A_DENOISER = 14
    ISA = 15
    RATE = 16
    NOT_A_LISTENER = 17


Change = Callable[[Container], object]
DATA, BIG = origin.DATA, 2**31 - 1
ENCODER, SPARSE, RECURRENCE, COMPLEX, SCALE, ADD = 1, 3, 4, 5, 7, 8
GATE, GATED, SIGMOID, LAST = 11, 15, 24, 25
"""Nodes of the program in DATA; each writes the wire of the next number."""
KIND, SOURCE, OTHER, TARGET, PARAMS, TENSORS = 0, 1, 2, 3, 4, 8
WIDTH, BITS, EXPONENT = 0, 1, 2


def node(row: int, column: int, number: int) -> Change:
    """One number of the table of nodes."""
    return lambda c: origin.table(c, row, column, number)


def wire(index: int, column: int, number: int) -> Change:
    """One number of the table of wires."""
    return lambda c: origin.wire(c, index, column, number)


def key(name: str, kind: int, value: Any) -> Change:
    """Another value for a key."""
    return lambda c: origin.key(c, name, kind, value)


def number(index: int, place: int, value: int) -> Change:
    """One number of a constant, counted through its rows."""
    return lambda c: c.tensors[index][1].reshape(-1).__setitem__(place, value)


def swap(index: int, array: np.ndarray) -> Change:
    """Another array for a tensor."""
    return lambda c: origin.swap_tensor(c, index, array)


def both(*changes: Change) -> Change:
    """All of these, in order."""
    return lambda c: [change(c) for change in changes]


TABLES = [array for _, array in read_container(DATA).tensors]
WIRES, NODES = TABLES[:2]


def odd_states(container: Container) -> None:
    """The first recurrence and the matrix before it, one value narrower: five numbers are no pairs."""
    for index in (4, 5):
        container.tensors[0][1][index, WIDTH] = 5
    for index in (8, 9):  # bias and shift
        origin.swap_tensor(container, index, TABLES[index][:5])
    all_in_one_row(container, 5)


def all_in_one_row(container: Container, rows: int) -> None:
    """The first sparse matrix with so many rows, its five nonzeros side by side in the first."""
    origin.swap_tensor(container, 6, np.zeros(3, np.int8))
    origin.swap_tensor(container, 7, np.array([5] + [0] * (rows - 1), np.int16))


def odd_rectified(container: Container) -> None:
    """A complex ReLU between two wires of seven numbers, in the place of a ReLU."""
    container.tensors[1][1][2, KIND] = 4


def many_nodes(count: int) -> Change:
    """So many rows in the table of nodes, most of them ReLUs of wire 2."""
    rows = np.repeat(NODES[2:3], count, axis=0)
    return swap(1, rows)


def wide_wires(count: int, *spare: np.ndarray) -> Change:
    """So many wires of the greatest width, and tensors that nobody reads."""

    def change(container: Container) -> None:
        origin.swap_tensor(container, 0, np.tile(np.array([[32767, 16, 0]], np.int32), (count, 1)))
        container.tensors.extend(("spare", array) for array in spare)

    return change


def card(value: str) -> str:
    """A card with what every card has and this value."""
    return f'{{"training_data":"","recipe":"","card":{{}},"more":{value}}}'


CHANGES: dict[int, dict[str, Change]] = {
    Status.OK: {
        "nothing is changed": lambda c: None,
        "a card with words": key("linnet.card", STRING, card("[true, false, null]")),
        "a card with hexadecimal digits": key("linnet.card", STRING, card('"\\u09aF"')),
        "a wire at the greatest exponent": both(wire(0, EXPONENT, 0), wire(1, EXPONENT, 64)),
        "a wire at the least exponent": both(wire(0, EXPONENT, 0), wire(1, EXPONENT, -64)),
        "an encoder that shifts by 47": swap(4, np.full(7, 47, np.int8)),
        "an encoder that shifts by -31": swap(4, np.full(7, -31, np.int8)),
        "a decay that shifts by 46": number(12, 0, 46),
        "a bias one below overflow": both(swap(2, np.zeros((7, 17), np.int8)), number(3, 6, BIG)),
        "a weight stored as 0": number(5, 0, 0),
        "no more weights in the last bits": swap(6, np.append(TABLES[6], np.int8(0))[: TABLES[6].size]),
    },
    Status.NOT_A_MODEL: {
        "another architecture": key("general.architecture", STRING, "llama"),
        "no architecture": lambda c: c.values.pop("general.architecture"),
    },
    Status.VERSION: {"another format": key("linnet.format", UINT32, 2)},
    Status.SETTING: {
        "another alignment": key("general.alignment", UINT32, 32),
        "activities of too few wires": key("linnet.activity", STRING, "z" * (len(WIRES) - 1)),
        "activities of too many wires": key("linnet.activity", STRING, "z" * (len(WIRES) + 1)),
        "an activity below a": key("linnet.activity", STRING, "z" * (len(WIRES) - 1) + "`"),
        "an activity above z": key("linnet.activity", STRING, "{" + "z" * (len(WIRES) - 1)),
        "a card with a missing recipe": key("linnet.card", STRING, '{"training_data":"","card":{}}'),
        "a card that ends in a text": key("linnet.card", STRING, '{"training_data":"'),
        "a card with a name without a colon": key("linnet.card", STRING, card('{"a" 1}')),
        "a card with a slash for a digit": key("linnet.card", STRING, card('"\\u00/0"')),
        "a card with a letter behind F": key("linnet.card", STRING, card('"\\u00G0"')),
    },
    Status.TENSOR: {
        "no tensor": lambda c: c.tensors.clear(),
        "no table of nodes": lambda c: c.tensors.__delitem__(slice(1, None)),
        "tables in the wrong order": lambda c: c.tensors.insert(0, c.tensors.pop(1)),
        "a tensor of nobody": lambda c: c.tensors.append(("spare", np.zeros(3, np.int8))),
        "a table of wires with four columns": swap(0, np.zeros((27, 4), np.int32)),
        "a table of wires that is a list": swap(0, WIRES.reshape(-1)),
        "a table of nodes of int16": swap(1, NODES.astype(np.int16)),
        "a weight with its axes exchanged": swap(2, TABLES[2].T.copy()),
    },
    Status.WIRE: {
        "a wire without width": wire(0, WIDTH, 0),
        "a wire of negative width": wire(0, WIDTH, -1),
        "a wire that is too wide": wire(0, WIDTH, 32768),
        "a wire of 7 bits": wire(1, BITS, 7),
        "a wire of 33 bits": wire(1, BITS, 33),
        "a float wire with an exponent": wire(0, EXPONENT, 1),
        "an exponent above 64": wire(1, EXPONENT, 65),
        "an exponent below -64": wire(1, EXPONENT, -65),
    },
    Status.NODE: {
        "one node": swap(1, NODES[:1]),
        "4097 nodes": many_nodes(4097),
        "a node more than wires to write": swap(0, np.append(WIRES, WIRES[-1:], axis=0)),
        "no Quantize": node(0, KIND, 3),
        "a second Quantize": node(2, KIND, 8),
        "no Dequantize": node(LAST, KIND, 3),
        "an early Dequantize": node(2, KIND, 9),
        "a source before wire 0": node(2, SOURCE, -1),
        "a source behind the last wire": node(2, SOURCE, 27),
        "a source that is not yet written": node(2, SOURCE, 3),
        "another source where none is read": node(2, OTHER, 0),
        "another source before wire 0": node(GATE, OTHER, -1),
        "another source behind the last wire": node(GATE, OTHER, 27),
        "another source that is not yet written": node(GATE, OTHER, 12),
        "a target that is given": node(2, TARGET, 0),
        "a target behind the last wire": node(2, TARGET, 27),
        "a target that is written twice": node(2, TARGET, 2),
        "a kind below all": node(2, KIND, 0),
        "a kind above all": node(2, KIND, 12),
        "a Quantize of codes": wire(0, BITS, 16),
        "a Quantize to 32 bits": wire(1, BITS, 32),
        "a Linear of 32 bits": node(6, SOURCE, 4),
        "a Linear to float": both(wire(2, BITS, 0), wire(2, EXPONENT, 0)),
        "a Linear repeated by -1": node(ENCODER, PARAMS + 2, -1),
        "a Linear repeated too often": node(ENCODER, PARAMS + 2, 32768),
        "a Linear whose source is no groups": node(ENCODER, PARAMS + 2, 7),
        "a Linear whose target is no groups": node(ENCODER, PARAMS + 2, 17),
        "a Scale to float": both(wire(SCALE + 1, BITS, 0), wire(SCALE + 1, EXPONENT, 0)),
        "a Scale that is wider than its source": wire(SCALE + 1, WIDTH, 8),
        "a recurrence of 16 bits": wire(RECURRENCE, BITS, 16),
        "a recurrence of odd width": odd_states,
        "a recurrence that shifts by -1": both(node(RECURRENCE, PARAMS, -1), wire(5, EXPONENT, 21)),
        "a recurrence that shifts by 32": both(node(RECURRENCE, PARAMS, 32), wire(5, EXPONENT, -12)),
        "a recurrence to 32 bits": wire(5, BITS, 32),
        "a recurrence to another exponent": wire(5, EXPONENT, 4),
        "a decay that shifts by 47": number(12, 2, 47),
        "a decay that shifts by -1": number(12, 0, -1),
        "a gated recurrence that shifts by 32": both(node(GATED, PARAMS, 32), wire(16, EXPONENT, -12)),
        "a gated recurrence that shifts by -1": both(node(GATED, PARAMS, -1), wire(16, EXPONENT, 21)),
        "a gated recurrence to 32 bits": wire(16, BITS, 32),
        "a gated recurrence to another exponent": wire(16, EXPONENT, 13),
        "a gated recurrence with gates of 8 bits": wire(15, BITS, 8),
        "a gated recurrence with gates of exponent 10": wire(15, EXPONENT, 10),
        "a gated recurrence wider than its gates": node(GATED, OTHER, 2),
        "a ReLU to another exponent": wire(3, EXPONENT, 9),
        "a ReLU to other bits": wire(3, BITS, 8),
        "a complex ReLU of odd width": odd_rectified,
        "a complex ReLU to another exponent": wire(COMPLEX + 1, EXPONENT, 4),
        "a gate to 32 bits": wire(GATE + 1, BITS, 32),
        "a gate to another exponent": wire(GATE + 1, EXPONENT, 9),
        "a gate by 8 bits": wire(GATE, BITS, 8),
        "a gate by exponent 10": wire(GATE, EXPONENT, 10),
        "a sum that shifts its source by -1": node(ADD, PARAMS, -1),
        "a sum that shifts its source by 16": node(ADD, PARAMS, 16),
        "a sum that shifts its other source by 16": node(ADD, PARAMS + 1, 16),
        "a sum that shifts by 32": node(ADD, PARAMS + 2, 32),
        "a sum with 32 bits": node(ADD, OTHER, 4),
        "a sum of other exponents": node(ADD, PARAMS, 1),
        "a sum to 32 bits": wire(ADD + 1, BITS, 32),
        "a sum to another exponent": wire(ADD + 1, EXPONENT, 9),
        "a sigmoid of 8 bits": wire(SIGMOID, BITS, 8),
        "a sigmoid of exponent 10": wire(SIGMOID, EXPONENT, 10),
        "a sigmoid to 8 bits": wire(SIGMOID + 1, BITS, 8),
        "a sigmoid to exponent 14": wire(SIGMOID + 1, EXPONENT, 14),
        "a Dequantize to codes": wire(LAST + 1, BITS, 16),
        "a number that no ReLU uses": node(2, PARAMS, 1),
        "a last number that no sum uses": node(ADD, PARAMS + 3, 1),
        "a tensor that no ReLU uses": node(2, TENSORS, 4),
        "a fourth tensor of a dense Linear": node(ENCODER, TENSORS + 3, 5),
        "a table as a constant": node(ENCODER, TENSORS, 1),
        "a constant behind the last": node(ENCODER, TENSORS, 46),
        "a constant of two nodes": node(SPARSE, TENSORS, 2),
        "a fifth constant that is missing": node(SPARSE, PARAMS + 1, 46),
        "an encoder that shifts by 48": number(4, 6, 48),
        "an encoder that shifts by -32": number(4, 0, -32),
        "a Scale that shifts by 48": number(18, 6, 48),
    },
    Status.POSITIONS: {
        "a weight behind its row": number(6, 0, -2),
        "a row with fewer weights than none": number(7, int(np.argmax(TABLES[7])), -1),
        "a row with more weights than columns": number(7, int(np.argmax(TABLES[7])), 8),
        "a weight more than rows count": swap(5, np.append(TABLES[5], np.int8(1))),
        "a weight fewer than rows count": swap(5, TABLES[5][:-1]),
        "a gap more than weights": swap(6, np.append(TABLES[6], np.int8(0))),
        "a gap fewer than weights": swap(6, TABLES[6][:-1]),
    },
    Status.OVERFLOW: {
        "a bias that overflows with its row": number(3, 0, BIG),
        "a negative bias that overflows": number(3, 6, -BIG - 1),
        "a bias of -2^31 alone": both(swap(2, np.zeros((7, 17), np.int8)), number(3, 6, -BIG - 1)),
        "a bias that overflows with a sparse row": number(8, int(np.argmax(TABLES[7])), BIG),
        "a bias that overflows with its Scale": both(number(16, 3, -128), number(17, 3, BIG)),
    },
    Status.TOO_LARGE: {
        "4098 wires": swap(0, np.repeat(WIRES, 152, axis=0)[:4098]),
        "4098 nodes": many_nodes(4098),
        "wires with more values than the file may claim": wide_wires(4000),
        "wires with more values than engines run": wide_wires(513, np.zeros(1 << 18, np.int8)),
    },
}
