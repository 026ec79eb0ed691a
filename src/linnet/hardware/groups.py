"""The neuron groups and synapse layers that a Program becomes on a neuromorphic chip.

A Linear is a layer of synapses. The nodes between two Linears are microcode of one group of neurons. A group runs in
the step given by its `level`, counted from the step in which a frame enters. Which core holds which neuron is the
business of mapping.py. Mapping rules: arXiv:2502.01330, section on Loihi 2, as far as it is public.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linnet.hardware.microcode import kind_of
from linnet.hardware.unroll import unrolled
from linnet.ir import Dequantize, Linear, Node, Program, node_names

INPUT = -1  # the group index of the port through which frames enter

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """Neurons that run the same microcode in the same step.

    `width` counts codes per frame; a complex state has two. Where `paired`, neurons i and i + width / 2 are one
    complex state and stay on one core. `nodes` are indices into the program, `sends` the wires that leave the group.
    """

    name: str
    level: int
    width: int
    paired: bool
    nodes: tuple[int, ...]
    sends: tuple[int, ...]

    @property
    def atoms(self) -> int:
        """Units that can be placed on cores one by one."""
        return self.width // 2 if self.paired else self.width

    def rows_of(self, atoms: npt.ArrayLike) -> Rows:
        """The neurons of some atoms: real parts first, then imaginary ones."""
        chosen = np.asarray(atoms, np.int64)
        return np.concatenate([chosen, chosen + self.atoms]) if self.paired else chosen


@dataclass(frozen=True)
class Connection:
    """One layer of synapses: wire -> an accumulator of group `target`, `delay` steps after it is sent.

    `node` is the Linear whose weights it holds; None is one synapse of weight 1 from neuron i to neuron i. A complex
    matrix is two layers: `rows` and `columns` select the part of the matrix (real or imaginary).
    """

    name: str
    wire: int
    source: int
    target: int
    delay: int
    node: int | None
    rows: slice
    columns: slice


@dataclass(frozen=True)
class Network:
    """All groups in the order of their levels, and the connections between them."""

    program: Program
    groups: tuple[Group, ...]
    connections: tuple[Connection, ...]
    output_wire: int

    @property
    def steps(self) -> int:
        """Steps from the entry of a frame until its outputs leave."""
        return max(group.level for group in self.groups)

    @property
    def input_wire(self) -> int:
        """The wire of codes that enters from outside."""
        return self.program.nodes[0].writes

    def group_of(self, wire: int) -> int:
        """Index of the group that writes a wire; INPUT for the input."""
        if wire == self.input_wire:
            return INPUT
        return next(
            index
            for index, group in enumerate(self.groups)
            if any(self.program.nodes[node].writes == wire for node in group.nodes)
        )

    def level_of(self, source: int) -> int:
        """Level of a group; 0 for the input."""
        return 0 if source == INPUT else self.groups[source].level

    def into(self, group: int) -> tuple[Connection, ...]:
        """The connections that end in a group."""
        return tuple(connection for connection in self.connections if connection.target == group)


def network_of(program: Program) -> Network:
    """The groups and connections of a validated program.

    Raises:
        ValueError: a node has no microcode, or there is nothing between input and output.
    """
    program = unrolled(program)
    inner = range(1, len(program.nodes) - 1)
    if not inner:
        raise ValueError(
            "the program has no node between Quantize and Dequantize, so there is nothing to map; "
            "give a program that computes something."
        )
    levels = _levels(program)
    sets = _connected(program, levels, inner)
    names = node_names(program)
    output = program.nodes[-1].reads[0]
    groups = tuple(
        _group(program, nodes, levels[nodes[0]], output, names)
        for nodes in sorted(sets, key=lambda nodes: (levels[nodes[0]], nodes))
    )
    bare = Network(program, groups, (), output)
    connections = [each for index in range(len(groups)) for each in _connections(bare, index, names)]
    return Network(program, groups, tuple(connections), output)


def weights_of(program: Program, connection: Connection) -> npt.NDArray[np.int8] | None:
    """The weights [rows, columns] of a connection; None for synapses of weight 1 from i to i."""
    if connection.node is None:
        return None
    node = program.nodes[connection.node]
    assert isinstance(node, Linear)
    return node.weight[connection.rows, connection.columns]


def _readers(program: Program, wire: int) -> list[int]:
    return [index for index, node in enumerate(program.nodes) if wire in node.reads]


def _levels(program: Program) -> dict[int, int]:
    """The level of every inner node: as early as its inputs allow, then as late as spares a message."""
    of_wire, levels = {program.nodes[0].writes: 0}, {}
    for index, node in enumerate(program.nodes[1:-1], start=1):
        kind_of(node)
        ready = max(of_wire[wire] for wire in node.reads)
        levels[index] = of_wire[node.writes] = ready + 1 if isinstance(node, Linear) else max(1, ready)
    for index in sorted(levels, reverse=True):
        readers = _readers(program, program.nodes[index].writes)
        if _may_sink(program, index, readers):
            levels[index] = max(levels[index], min(levels[reader] for reader in readers))
    return levels


def _may_sink(program: Program, index: int, readers: list[int]) -> bool:
    """Whether a node can be computed where its value is read, without one more message."""
    node = program.nodes[index]
    if not readers or any(isinstance(program.nodes[reader], Linear | Dequantize) for reader in readers):
        return False
    if isinstance(node, Linear):
        return True
    stateless = kind_of(node).state_words == 0
    return stateless and len(node.reads) == 1 and len(_readers(program, node.reads[0])) > 1


def _connected(program: Program, levels: dict[int, int], inner: Iterable[int]) -> list[tuple[int, ...]]:
    """Nodes of one level that hand values to each other without a matrix between them."""
    writer = {program.nodes[index].writes: index for index in inner}
    sets: dict[int, set[int]] = {index: {index} for index in inner}
    handed = [
        (index, writer[wire])
        for index in inner
        for wire in program.nodes[index].reads
        if wire in writer and not isinstance(program.nodes[index], Linear)
    ]
    for reader, other in handed:
        if levels[other] == levels[reader]:
            merged = sets[reader] | sets[other]
            sets.update(dict.fromkeys(merged, merged))
    unique = {id(members): tuple(sorted(members)) for members in sets.values()}
    return list(unique.values())


def _group(
    program: Program, nodes: tuple[int, ...], level: int, output: int, names: tuple[str, ...]
) -> Group:
    members = [program.nodes[index] for index in nodes]
    sends = tuple(
        node.writes for node in members if node.writes == output or _leaves(program, node, frozenset(nodes))
    )
    paired = any(kind_of(node).paired for node in members)
    return Group(
        _name(members, nodes, names), level, program.wires[members[0].writes].width, paired, nodes, sends
    )


def _leaves(program: Program, node: Node, inside: frozenset[int]) -> bool:
    """Whether anything beyond synapse-free microcode of the same group reads what a node writes."""
    readers = _readers(program, node.writes)
    return any(reader not in inside or isinstance(program.nodes[reader], Linear) for reader in readers)


def _name(members: list[Node], nodes: tuple[int, ...], names: tuple[str, ...]) -> str:
    """What the group is called: after its layer, and after what it computes."""
    first = names[nodes[0]]
    layer = " ".join(first.split()[:2]) + " " if first.startswith("layer ") else ""
    kinds = {type(node).__name__ for node in members}
    if kinds & {"DiagonalRecurrence", "GatedRecurrence"}:
        return f"{layer}states"
    if "Gate" in kinds:
        return f"{layer}gate"
    return f"{layer}outputs" if layer else first


def _connections(network: Network, target: int, names: tuple[str, ...]) -> Iterable[Connection]:
    """The layers of synapses that end in one group: its matrices, then values handed over one to one."""
    program, group = network.program, network.groups[target]
    written = {program.nodes[index].writes for index in group.nodes}
    handed: set[int] = set()
    for index in group.nodes:
        node = program.nodes[index]
        if isinstance(node, Linear):
            yield from _matrix_layers(network, target, index, names[index])
        else:
            handed |= {wire for wire in node.reads if wire not in written}
    for wire in sorted(handed):
        source = network.group_of(wire)
        everything = slice(0, group.width)
        delay = group.level - network.level_of(source)
        name = f"{group.name}: wire {wire} one to one"
        yield Connection(name, wire, source, target, delay, None, everything, everything)


def _matrix_layers(network: Network, target: int, index: int, name: str) -> Iterable[Connection]:
    node = network.program.nodes[index]
    assert isinstance(node, Linear)
    source = network.group_of(node.source)
    rows, columns = node.weight.shape
    paired_source = source != INPUT and network.groups[source].paired
    halves_out = _halves(rows) if network.groups[target].paired else {"": slice(0, rows)}
    halves_in = _halves(columns) if paired_source else {"": slice(0, columns)}
    delay = network.groups[target].level - network.level_of(source)
    for out, row_part in halves_out.items():
        for into, column_part in halves_in.items():
            part = " ".join(filter(None, (name, into, out)))
            yield Connection(part, node.source, source, target, delay, index, row_part, column_part)


def _halves(width: int) -> dict[str, slice]:
    return {"real": slice(0, width // 2), "imaginary": slice(width // 2, width)}
