"""Memory used again: no wire is overwritten before it has been read for the last time."""

from __future__ import annotations

import pytest

from linnet.compiler.slots import STORED_BITS, plan_slots
from linnet.ir.nodes import Relu, Wire
from tests.ir.programs import random_program


@pytest.mark.parametrize("seed", range(6))
def test_no_wire_is_overwritten_while_it_is_needed(seed: int) -> None:
    program = random_program(seed, layers=1 + seed, eight=0.5 * (seed % 3 == 0))
    slots = plan_slots(program.wires, program.nodes)
    holds = {slots.place[0]: 0}  # which wire lies in a slot now
    for node in program.nodes:
        for wire in node.reads:
            assert holds[slots.place[wire]] == wire
        assert slots.place[node.writes] not in {slots.place[wire] for wire in node.reads}
        holds[slots.place[node.writes]] = node.writes
        assert slots.bits[slots.place[node.writes]] == STORED_BITS[program.wires[node.writes].bits]
        assert slots.widths[slots.place[node.writes]] >= program.wires[node.writes].width
    assert holds[slots.place[program.nodes[-1].writes]] == program.nodes[-1].writes


def test_a_long_chain_needs_two_slots() -> None:
    wires = [Wire(10, 16)] * 20
    slots = plan_slots(wires, [Relu(i, i + 1) for i in range(19)])
    assert slots.widths == (12, 12)
