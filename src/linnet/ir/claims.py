"""What a model file may claim: each constant belongs to one node, and a small file describes a small program.

A sparse matrix takes its zeros from nothing, and a wire its values, so a file of a few kilobytes could name gigabytes.
`most_numbers` bounds them by the size of the file, before anything is unpacked. Mirror in engine/src/file/proof.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from linnet.ir.gguf import damaged
from linnet.ir.nodes import Linear, Node, Wire
from linnet.ir.validation import MAX_WEIGHTS, MAX_WIDTH

Array = npt.NDArray[Any]

MAX_VALUES = 1 << 24
"""Values of all wires together: no session takes more than 2^28 bytes (engine/src/file/proof.c)."""
FREE_NUMBERS = 1 << 20
NUMBERS_PER_BYTE = 128
"""A matrix with one nonzero in a hundred has about 64 weights for each byte of its file."""


def most_numbers(file_bytes: int) -> int:
    """Weights and values of wires, together, that a file of this size may claim."""
    return FREE_NUMBERS + NUMBERS_PER_BYTE * file_bytes


def check_swelling(wires: Sequence[Wire], nodes: Sequence[Node], file_bytes: int) -> None:
    """Raise ValueError where a program is so empty that readers would refuse its file."""
    weights = sum(node.weight.size for node in nodes if isinstance(node, Linear))
    if _values(wires) > MAX_VALUES:
        raise ValueError(
            f"a program came whose wires have {_values(wires)} values, more than the {MAX_VALUES} that engines run; "
            "make it narrower or shorter."
        )
    if weights + _values(wires) > most_numbers(file_bytes):
        raise ValueError(
            f"a program of {weights} weights came whose file has only {file_bytes} bytes, which readers refuse as "
            "hostile; its matrices are nearly empty, so make them smaller."
        )


def _values(wires: Sequence[Wire]) -> int:
    """Values of all wires; a width that is none is for validation.py to refuse."""
    return sum(min(max(wire.width, 0), MAX_WIDTH) for wire in wires)


class Claims:
    """The constants not yet claimed by a node, and the weights that may still be unpacked."""

    def __init__(self, tensors: Sequence[tuple[str, Array]], wires: Sequence[Wire], file_bytes: int) -> None:
        """Nothing is claimed but the values of the wires."""
        self._left = {index: array for index, (_, array) in enumerate(tensors) if index >= 2}
        self._weights_left = most_numbers(file_bytes) - _values(wires)
        if self._weights_left < 0:
            raise damaged("its wires have more values than a file of its size may claim")
        if _values(wires) > MAX_VALUES:
            raise damaged(f"its wires have more values than the {MAX_VALUES} that engines run")
        self._weights_left = min(self._weights_left, MAX_WEIGHTS)

    def claim(self, index: int) -> Array:
        """The constant of this number, which is nobody else's from now on."""
        if index not in self._left:
            raise damaged(f"tensor {index} is named by a node, but is missing or belongs to another")
        return self._left.pop(index)

    def reserve_weights(self, count: int) -> None:
        """Refuse to unpack more weights than a file of this size may have."""
        self._weights_left -= count
        if self._weights_left < 0:
            raise damaged("its matrices have more weights than a file of its size may claim")

    def check_empty(self) -> None:
        """Refuse a constant that no node has claimed."""
        if self._left:
            raise damaged(f"tensor {min(self._left)} belongs to no node")
