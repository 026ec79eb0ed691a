"""Where the wires of a program lie in memory: a slot is used again once its wire has been read for the last time.

Slots of one type only ever hold that type, so C sees plain arrays. What runs when is the order of the nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from linnet.ir.nodes import Linear, Node, Wire

STORED_BITS = {0: 0, 8: 16, 16: 16, 32: 32}  # 8 bits lie in memory as 16 do
NAMES = {0: "floats", 16: "codes", 32: "wide"}
STEP = 4  # widths are rounded up to it: dense matrices read and write four at a time (flash.h)


@dataclass(frozen=True)
class Slots:
    """`place[wire]` is the index of its slot; `bits` (as stored) and `widths` describe the slots."""

    place: Mapping[int, int]
    bits: tuple[int, ...]
    widths: tuple[int, ...]

    def of(self, wire: int) -> str:
        """The C expression of the slot of `wire`."""
        return f"s->{self.name(self.place[wire])}"

    def name(self, slot: int) -> str:
        """The name of a slot, which says its type."""
        return f"{NAMES[self.bits[slot]]}_{slot}"


def plan_slots(wires: Sequence[Wire], nodes: Sequence[Node]) -> Slots:
    """The slots of all wires; a node never writes a slot that it reads."""
    last_read = {wire: index for index, node in enumerate(nodes) for wire in node.reads}
    # The last group that a repeated matrix reads need not end with a step, and is read to the end of one.
    spare = {node.source: STEP for node in nodes if isinstance(node, Linear) and node.repeat > 1}
    place: dict[int, int] = {}
    bits: list[int] = []
    widths: list[int] = []
    busy_until: list[int] = []
    order = [(0, -1), *((node.writes, index) for index, node in enumerate(nodes))]
    for wire, index in order:
        stored = STORED_BITS[wires[wire].bits]
        width = -(-wires[wire].width // STEP) * STEP + spare.get(wire, 0)
        free = [s for s, until in enumerate(busy_until) if until < index and bits[s] == stored]
        if free:
            slot = min(
                free, key=lambda s: (max(width - widths[s], 0), widths[s])
            )  # grows least, then fits best
        else:
            slot = len(bits)
            bits.append(stored)
            widths.append(0)
            busy_until.append(-1)
        widths[slot] = max(widths[slot], width)
        busy_until[slot] = last_read.get(wire, len(nodes))
        place[wire] = slot
    return Slots(place, tuple(bits), tuple(widths))
