"""A Program without repeated matrices: a chip stores a synapse for every pair of neurons, group by group."""

from __future__ import annotations

import dataclasses

import numpy as np

from linnet.ir import Linear, Node, Program


def unrolled(program: Program) -> Program:
    """The same program, every Linear that serves many groups written as a block-diagonal matrix."""
    return dataclasses.replace(program, nodes=tuple(_unrolled(node) for node in program.nodes))


def _unrolled(node: Node) -> Node:
    if not isinstance(node, Linear) or node.repeat == 1:
        return node
    blocks = np.kron(np.eye(node.repeat, dtype=np.int8), node.weight)
    bias, shift = np.tile(node.bias, node.repeat), np.tile(node.shift, node.repeat)
    return dataclasses.replace(node, weight=blocks, bias=bias, shift=shift, repeat=1)
