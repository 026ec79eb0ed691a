"""The synapses of a group as one table per incoming wire, whatever layer they belong to.

A neuron has one accumulator for each matrix that drives it and one for each value handed to it one to one. A message
of a wire goes once to a core and there reaches all these accumulators; so synapses are gathered by wire.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linnet.hardware.groups import Network, weights_of
from linnet.ir import Linear

Weights = npt.NDArray[np.int8]
Loads = npt.NDArray[np.float64]
Activity = dict[int, npt.NDArray[np.float64]]
"""For each wire that is sent: [frames, width], 1 where a code is not 0, or the share of frames in which it is not."""


@dataclass(frozen=True)
class Bundle:
    """All synapses of one wire in one group: int8 weights [accumulators, neurons, width of the wire]."""

    wire: int
    source: int
    delay: int
    weights: Weights


def accumulators(network: Network, group: int) -> tuple[int, ...]:
    """The sums that a group's neurons keep, by the wire that they stand for: written by a Linear, or handed over."""
    program = network.program
    sums = [
        program.nodes[index].writes for index in network.groups[group].nodes if _is_matrix(network, index)
    ]
    handed = [each.wire for each in network.into(group) if each.node is None]
    return (*sums, *handed)


def _is_matrix(network: Network, index: int) -> bool:
    return isinstance(network.program.nodes[index], Linear)


def bundles(network: Network, group: int) -> tuple[Bundle, ...]:
    """The synapses of a group, one bundle for each wire that it receives."""
    sums, width = accumulators(network, group), network.groups[group].width
    tables: dict[int, tuple[int, int, Weights]] = {}
    for each in network.into(group):
        source_width = network.program.wires[each.wire].width
        if each.wire not in tables:
            empty = np.zeros((len(sums), width, source_width), np.int8)
            tables[each.wire] = (each.source, each.delay, empty)
        weights = weights_of(network.program, each)
        table = tables[each.wire][2]
        if weights is None:
            table[sums.index(each.wire)] = np.eye(width, dtype=np.int8)
        else:
            assert each.node is not None
            place = sums.index(network.program.nodes[each.node].writes)
            table[place, each.rows, each.columns] = weights
    return tuple(Bundle(wire, *entry) for wire, entry in sorted(tables.items()))


def expected_synops(parts: tuple[Bundle, ...], activity: Activity) -> Loads:
    """Synaptic operations per frame of every neuron of a group, [neurons], at the mean activity of its inputs."""
    total = np.zeros(parts[0].weights.shape[1])
    for bundle in parts:
        nonzero = np.count_nonzero(bundle.weights, axis=0)
        total += nonzero @ activity[bundle.wire].mean(axis=0)
    return total
