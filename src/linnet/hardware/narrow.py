"""A Program whose recurrences keep fewer bits of state, to see what a chip with narrow states costs.

The states' exponent goes down by the bits that are lost: the matrix that drives them shifts further right, the read-out
less. What remains is a Program like any other, so the engine runs it and its sound can be scored.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from linnet.hardware.microcode import PROGRAM_STATE_BITS, refuse_narrow_gates
from linnet.ir import DiagonalRecurrence, GatedRecurrence, Linear, Node, Program

LARGEST_SHIFT = 47


def narrowed(program: Program, *, state_bits: int) -> Program:
    """The program with states of `state_bits` bits, as long as no state exceeds them (the simulator counts that).

    Gated recurrences keep 24 bits as they are.

    Raises:
        ValueError: the states are read out with so many bits that narrower ones do not hold them, or they are gated and
            would have less than 24.
    """
    lost = PROGRAM_STATE_BITS - state_bits
    if not 0 <= lost < PROGRAM_STATE_BITS:
        raise ValueError(f"{state_bits} bits of state were asked for; give 1 to {PROGRAM_STATE_BITS}.")
    if any(isinstance(node, GatedRecurrence) for node in program.nodes):
        refuse_narrow_gates(state_bits)
    wires, driven = list(program.wires), set()
    for node in program.nodes:
        if not isinstance(node, DiagonalRecurrence):
            continue
        if node.out_shift < lost:
            raise ValueError(
                f"a recurrence is read out {node.out_shift} bits above its lowest, so its states cannot lose {lost}; "
                f"give at least {PROGRAM_STATE_BITS - node.out_shift} bits of state."
            )
        driven.add(node.source)
        wire = wires[node.source]
        wires[node.source] = dataclasses.replace(wire, exponent=wire.exponent - lost)
    nodes = tuple(_narrow(node, driven, lost) for node in program.nodes)
    result = Program(tuple(wires), nodes, program.metadata)
    result.validate()
    return result


def _narrow(node: Node, driven: set[int], lost: int) -> Node:
    if isinstance(node, DiagonalRecurrence):
        return dataclasses.replace(node, out_shift=node.out_shift - lost)
    if isinstance(node, Linear) and node.target in driven:
        shift = np.minimum(node.shift.astype(np.int64) + lost, LARGEST_SHIFT).astype(np.int8)
        return dataclasses.replace(node, shift=shift)
    return node
