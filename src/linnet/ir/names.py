"""What the nodes of a program are called, told from how they are connected: "encoder", "layer 2 B", "decoder".

A Program stores no names. These are for tables and pictures; nothing is computed by them.
"""

from __future__ import annotations

from linnet.ir.nodes import Gate, GatedRecurrence, Linear, Node, Recurrence, Scale
from linnet.ir.program import Program

KINDS = {
    "ComplexRelu": "complex ReLU",
    "Relu": "ReLU",
    "DiagonalRecurrence": "recurrence",
    "GatedRecurrence": "gated recurrence",
    "Scale": "D",
}


def node_names(program: Program) -> tuple[str, ...]:
    """One name per node, in order; "layer n" counts the recurrences, as every layer has one.

    The first matrix is the encoder and the last the decoder where layers lie between them; B is the matrix before
    a recurrence, C the first one behind it, W what a gate is controlled by. V gives a gated recurrence its candidates,
    G its gates.
    """
    driving = {wire: (n, node) for n, node in enumerate(program.recurrences, 1) for wire in node.reads}
    controls = {node.control for node in program.nodes if isinstance(node, Gate)}
    matrices = [index for index, node in enumerate(program.nodes) if isinstance(node, Linear)]
    names, layer, read_out = [], 0, True
    for index, node in enumerate(program.nodes):
        if isinstance(node, Linear) and node.target in driving:
            (layer, recurrence), read_out = driving[node.target], False
            names.append(f"layer {layer} {_driver(node, recurrence)}")
        elif isinstance(node, Linear) and driving and index in (matrices[0], matrices[-1]):
            names.append("encoder" if index == matrices[0] else "decoder")
        elif isinstance(node, Linear):
            name = "W" if node.target in controls else "matrix" if read_out else "C"
            read_out = read_out or name == "C"
            names.append(_within(layer, name))
        else:
            names.append(_within(layer if _belongs(node, index, matrices) else 0, _kind(node)))
    return tuple(names)


def _driver(node: Linear, recurrence: Recurrence) -> str:
    """What a matrix before a recurrence is called."""
    if isinstance(recurrence, GatedRecurrence):
        return "V" if node.target == recurrence.source else "G"
    return "B"


def _belongs(node: Node, index: int, matrices: list[int]) -> bool:
    """Whether a node that is no matrix stands before the last matrix, the decoder."""
    return isinstance(node, (Recurrence, Scale, Gate)) or not matrices or index < matrices[-1]


def _kind(node: Node) -> str:
    name = type(node).__name__
    return KINDS.get(name, name.lower())


def _within(layer: int, name: str) -> str:
    return f"layer {layer} {name}" if layer else name
