"""`linnet inspect`: the card of a model file, read from the file alone, with every figure counted on its integers."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Annotated, Any

from rich.table import Table
from rich.text import Text
from tyro.conf import Positional, arg

from linnet.apps.models import model_path
from linnet.apps.report import bytes_text, stdout
from linnet.ir import NodeSize, Program, packed_sizes, read_program
from linnet.ir.nodes import Node


@dataclass(frozen=True)
class Inspect:
    """Show the card of a model: what it is, how large, how it was trained and how well it does."""

    model: Annotated[str, arg(metavar="NAME|PATH"), Positional]
    """A model that ships with Linnet, or a model file."""

    json: bool = False
    """Print everything as JSON."""

    def run(self) -> None:
        """Print the card.

        Raises:
            ArtifactError: the file is not a valid model.
            Refusal: there is no such model.
        """
        path = model_path(self.model)
        described = describe(read_program(path), file_bytes=path.stat().st_size)
        if self.json:
            print(json.dumps(described, indent=2))
        else:
            print_card(described)


def describe(program: Program, *, file_bytes: int) -> dict[str, Any]:
    """Return everything there is to say about a program, as plain JSON values."""
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
            node_entry(program, node) | size_entry(size)
            for node, size in zip(program.nodes, sizes.nodes, strict=True)
        ],
        "training_data": metadata.training_data,
        "card": metadata.card,
        "recipe": metadata.recipe,
    }


def architecture(program: Program) -> str:
    """Return one line: inputs, the states of every recurrence, outputs."""
    states = [node.decay_re.size for node in program.recurrences]
    middle = (
        f"{len(states)} recurrences of {' + '.join(map(str, states))} complex states"
        if states
        else "no state"
    )
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


def print_card(described: dict[str, Any]) -> None:
    """Print a description as tables for people."""
    total, front_end = described["total"], described["front_end"]
    facts = Table.grid(padding=(0, 2))
    rows = {
        "model": described["name"],
        "licence": described["licence"],
        "architecture": described["architecture"],
        "front end": f"{front_end['sample_rate_hz']} Hz, window {front_end['window']} ({front_end['window_kind']}), "
        f"hop {front_end['hop']}, {front_end['compression_roots']} square roots of the magnitude",
        "frame": f"{1000 * front_end['hop'] / front_end['sample_rate_hz']:g} ms, algorithmic latency "
        f"{1000 * front_end['window'] / front_end['sample_rate_hz']:g} ms",
        "file": bytes_text(described["file_bytes"]) + f", format {described['format_version']}",
        "weights": f"{total['weights']:,}, of which {total['nonzeros']:,} are not zero "
        f"(density {total['density']:.3f})",
        "MACs per frame": f"{total['dense_macs_per_frame']:,} dense",
        "trained on": described["training_data"] or "not said",
    }
    for name, value in rows.items():
        facts.add_row(Text(name, style="bold"), value)
    stdout.print(facts)
    stdout.print(node_table(described["nodes"]))
    if described["card"]:
        stdout.print("card", style="bold")
        stdout.print(card_lines(described["card"]), highlight=False)


def node_table(nodes: list[dict[str, Any]]) -> Table:
    """Return one row per node, in the order they run."""
    table = Table(
        "node", "kind", "reads", "widths", "code", "density", "MACs", "bytes", box=None, pad_edge=False
    )
    for column in table.columns:
        column.no_wrap = True
    for column in table.columns[4:]:
        column.justify = "right"
    for index, node in enumerate(nodes):
        code = f"int{node['bits']} · 2^{-node['exponent']}" if node["bits"] else "float32"
        table.add_row(
            f"{index}",
            node["kind"],
            ", ".join(map(str, node["reads"])),
            f"{', '.join(map(str, node['reads_width']))} -> {node['writes_width']}",
            code,
            f"{node['density']:.3f}" if node["weights"] else "",
            f"{node['dense_macs_per_frame']:,}" if node["dense_macs_per_frame"] else "",
            f"{node['stored_bytes']:,}" if node["stored_bytes"] else "",
        )
    return table


def card_lines(card: dict[str, Any], indent: str = "  ") -> str:
    """Return the nested values of a card, one per line."""
    lines = []
    for name, value in card.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}", card_lines(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {value}")
    return "\n".join(lines)
