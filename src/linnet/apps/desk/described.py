"""A model as plain JSON values: the description that `linnet inspect` prints and the report page shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from linnet.ir import NodeSize, Program, node_names, nonzero_macs, packed_sizes
from linnet.ir.nodes import DiagonalRecurrence, GatedRecurrence, Node
from linnet.life.accounts import stored_accounting
from linnet.runtime import EngineError, Model


def describe(
    program: Program, *, file_bytes: int, accounting: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return everything there is to say about a program, as plain JSON values.

    `accounting` is what was measured now; without it the card's stands for it.
    """
    metadata, sizes = program.metadata, packed_sizes(program)
    return {
        "name": metadata.name,
        "licence": metadata.licence,
        "format_version": metadata.format_version,
        "architecture": architecture(program),
        "front_end": dataclasses.asdict(metadata.front_end),
        "file_bytes": file_bytes,
        "total": size_entry(sizes.total),
        "nodes": [
            {"name": name} | node_entry(program, node) | size_entry(size)
            for name, node, size in zip(node_names(program), program.nodes, sizes.nodes, strict=True)
        ],
        "accounting": accounting or stored_accounting(program),
        "training_data": metadata.training_data,
        "card": metadata.card,
        "recipe": metadata.recipe,
    }


def architecture(program: Program) -> str:
    """Return one line: inputs, the states of every recurrence, outputs."""
    parts = []
    for kind, values, word in ((DiagonalRecurrence, 2, "complex"), (GatedRecurrence, 1, "gated")):
        nodes = [node for node in program.recurrences if isinstance(node, kind)]
        states = " + ".join(str(program.wires[node.target].width // values) for node in nodes)
        parts += [f"{len(nodes)} recurrences of {states} {word} states"] if nodes else []
    middle = " and ".join(parts) or "no state"
    return f"{program.input_width} features -> {middle} -> {program.output_width} outputs"


def node_entry(program: Program, node: Node) -> dict[str, Any]:
    """Return a node's kind and what it reads and writes."""
    target = program.wires[node.writes]
    return {
        "kind": type(node).__name__,
        "reads": list(node.reads),
        "writes": node.writes,
        "reads_width": [program.wires[wire].width for wire in node.reads],
        "writes_width": target.width,
        "bits": target.bits,
        "exponent": target.exponent,
        "nonzero_macs_per_frame": nonzero_macs(program, node),
    }


def size_entry(size: NodeSize) -> dict[str, Any]:
    """Return the counts of one node, or of the whole program."""
    return {
        "weights": size.weights,
        "nonzeros": size.nonzeros,
        "density": round(size.density, 4),
        "dense_macs_per_frame": size.dense_macs,
        "stored_bytes": size.stored_bytes,
    }


def engine_model(path: Path) -> Model | EngineError:
    """Load a model file into the engine; where there is no engine, return what it says of that."""
    try:
        return Model(path)
    except EngineError as error:
        return error


def sound_text(names: Sequence[str]) -> str:
    """Return "3 recordings: a.wav, b.wav, c.wav", the names beyond three left out."""
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{len(names)} recording{'s'[: len(names) > 1]}: {shown}"
