"""`linnet inspect`: the card of a model file, with every figure counted on its integers.

What a frame really costs depends on the sound: it was measured when the model was deployed and stands in the file,
or is measured here on recordings that the user names. described.py gathers the values, card.py prints the tables.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import Positional, arg

from linnet.apps.desk.card import print_card
from linnet.apps.desk.console import counted
from linnet.apps.desk.described import describe, engine_model, sound_text
from linnet.apps.desk.models import ANY_MODEL_HELP, model_path
from linnet.apps.desk.pairs import recordings_of, say_scale
from linnet.ir import Program, read_program
from linnet.life.accounts import accounting_entry, memory_entry
from linnet.life.following import account_of_file, total
from linnet.runtime import EngineError, Model


@dataclass(frozen=True)
class Inspect:
    """Show the card of a model: what it is, its size, its training and its scores."""

    model: Annotated[str, arg(help=ANY_MODEL_HELP, metavar="NAME|PATH"), Positional]

    audio: Annotated[tuple[Path, ...], arg(metavar="FILE...", help_behavior_hint="(default: none)")] = ()
    """Recordings, or folders of them, to measure effective multiplications and activity on, instead of the card's."""

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
        described["memory"] = memory_entry(program, engine)
        if self.json:
            print(json.dumps(described, indent=2))
        else:
            print_card(described)


def measure(program: Program, engine: Model | EngineError, audio: tuple[Path, ...]) -> dict[str, Any]:
    """Return the accounting of a program on recordings.

    Raises:
        EngineError: there is no engine to hear them with.
        AudioError, Refusal: a recording cannot be used.
    """
    if isinstance(engine, EngineError):
        raise engine
    paths = recordings_of(audio)
    account = total(account_of_file(program, engine, path, say_scale) for path in counted(paths, "counting"))
    return accounting_entry(program, account, sound=sound_text([path.name for path in paths]))
