"""`linnet inspect`: the card of a model file, with every figure counted on its integers.

What a frame really costs depends on the sound: it was measured when the model was deployed and stands in the file,
or is measured here on recordings that the user names. The counting is the business of ir/ and accounts.py,
the tables are card.py's.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from rich.progress import track
from tyro.conf import Positional, arg

from linnet.apps import accounts
from linnet.apps.card import print_card
from linnet.apps.following import account_of_file, recordings_of, total
from linnet.apps.models import MODEL_HELP, model_path
from linnet.apps.report import stderr
from linnet.ir import NodeSize, Program, node_names, nonzero_macs, packed_sizes, read_program
from linnet.ir.nodes import Node
from linnet.runtime import EngineError, Model


@dataclass(frozen=True)
class Inspect:
    """Show the card of a model: what it is, how large, how it was trained and how well it does."""

    model: Annotated[str, arg(help=MODEL_HELP, metavar="NAME|PATH"), Positional]

    audio: Annotated[tuple[Path, ...], arg(metavar="FILE...", help_behavior_hint="(default: none)")] = ()
    """Recordings, or folders of them, to measure effective multiplications and activity on, in place of the card's."""

    json: bool = False
    """Print everything as JSON."""

    def run(self) -> None:
        """Print the card.

        Raises:
            ArtifactError: the file is not a valid model.
            AudioError, Refusal: there is no such model, or a recording cannot be used.
        """
        path = model_path(self.model)
        program = read_program(path)
        engine = engine_model(path)
        accounting = measure(program, engine, self.audio) if self.audio else None
        described = describe(program, file_bytes=path.stat().st_size, accounting=accounting)
        described["memory"] = accounts.memory_entry(program, engine)
        if self.json:
            print(json.dumps(described, indent=2))
        else:
            print_card(described)


def engine_model(path: Path) -> Model | EngineError:
    """Load a model file into the engine; where there is no engine, return what it says of that."""
    try:
        return Model(path)
    except EngineError as error:
        return error


def measure(program: Program, engine: Model | EngineError, audio: tuple[Path, ...]) -> dict[str, Any]:
    """Return the accounting of a program on recordings.

    Raises:
        EngineError: there is no engine to hear them with.
        AudioError, Refusal: a recording cannot be used.
    """
    if isinstance(engine, EngineError):
        raise engine
    paths = recordings_of(audio)
    counted = track(paths, "counting", console=stderr, transient=True, disable=not stderr.is_terminal)
    account = total(account_of_file(program, engine, path) for path in counted)
    return accounts.accounting_entry(
        program, account, sound=accounts.sound_text([path.name for path in paths])
    )


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
        "accounting": accounting or accounts.stored_accounting(program),
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
