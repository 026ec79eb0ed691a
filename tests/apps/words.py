"""A recognizer whose words mean nothing, for tests of commands and pages."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from linnet.ir import write_program
from tests.ir.programs import random_program


def write_words_model(path: Path) -> Path:
    """Write a model file whose recipe names a word for every output."""
    program = random_program(3, bins=33, band_ratio=5)
    words = ", ".join(f'"word {i}"' for i in range(program.output_width))
    recipe = f"words = [{words}]\npool_seconds = 0.02\nthreshold = 0.3\n"
    metadata = dataclasses.replace(program.metadata, recipe=recipe)
    write_program(dataclasses.replace(program, metadata=metadata), path)
    return path
