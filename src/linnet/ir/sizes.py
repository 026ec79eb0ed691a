"""How large a program is: stored bytes, nonzeros and dense multiplications, node by node.

Counted on the integers that are deployed, never on the float model. What a frame costs once activations
are zero too is measured on audio, elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from linnet.ir.nodes import DiagonalRecurrence, Gate, GatedRecurrence, Linear, Node, Scale
from linnet.ir.program import Program
from linnet.ir.sparse import encode_sparse


@dataclass(frozen=True)
class NodeSize:
    """One node: bytes of its constants as stored, nonzero of all its weights, dense MACs per frame."""

    kind: str
    stored_bytes: int
    nonzeros: int
    weights: int
    dense_macs: int

    @property
    def density(self) -> float:
        """nonzeros / weights; 1 where there are no weights."""
        return self.nonzeros / self.weights if self.weights else 1.0


@dataclass(frozen=True)
class PackedSizes:
    """All nodes in order, and their sums."""

    nodes: tuple[NodeSize, ...]

    @property
    def total(self) -> NodeSize:
        """The sums over the nodes."""
        return NodeSize(
            "Program",
            sum(node.stored_bytes for node in self.nodes),
            sum(node.nonzeros for node in self.nodes),
            sum(node.weights for node in self.nodes),
            sum(node.dense_macs for node in self.nodes),
        )


def packed_sizes(program: Program) -> PackedSizes:
    """The sizes of `program` as its model file stores it, headers and alignment left out."""
    return PackedSizes(tuple(_node_sizes(program, program.nodes)))


def _node_sizes(program: Program, nodes: Iterable[Node]) -> Iterable[NodeSize]:
    for node in nodes:
        stored = sum(array.nbytes for array in node.arrays)
        nonzeros = weights = 0
        macs = 0
        if isinstance(node, (Linear, Scale)):
            nonzeros, weights = int((node.weight != 0).sum()), node.weight.size
            macs = weights * (node.repeat if isinstance(node, Linear) else 1)
        if isinstance(node, Linear) and nonzeros:
            stored -= max(0, node.weight.nbytes - encode_sparse(node.weight).stored_bytes)
        if isinstance(node, DiagonalRecurrence):
            macs = 4 * node.decay_re.size  # one complex product per state
        if isinstance(node, (Gate, GatedRecurrence)):
            macs = program.wires[node.target].width
        yield NodeSize(type(node).__name__, stored, nonzeros, weights, macs)
