"""Programs with codes for them, and what the interpreter answers: what the engine must answer on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

import linnet
from linnet.ir import Program, program_to_bytes, run_codes
from tests.end_to_end.test_shipped_models import CLIPS, codes_of, shipped, sound
from tests.ir.programs import random_codes, random_program

Case = tuple[str, bytes, np.ndarray, np.ndarray]
RunCodes = Callable[[Path, Path, Path], None]
"""Runs the model in the first file on the codes in the second; leaves its answers in the third."""


def random_cases() -> Iterator[Case]:
    """Every density and odd widths; and one program of a real size, nine tenths of it zeros, over many frames."""
    for seed in range(12):
        bins, features, states = (
            (9, 33, 257)[seed % 3],
            (64, 65, 7, 192)[seed % 4],
            (32, 33, 5, 100)[seed // 3],
        )
        density = (None, 0.05, 0.3, 1.0)[seed // 2 % 4]
        program = random_program(seed, bins=bins, features=features, states=states, density=density)
        yield _case(f"random {seed}", program, random_codes(seed, program, frames=100))
    for density in (0.05, 0.1, 0.3):
        program = random_program(3, bins=257, features=192, states=128, layers=3, density=density)
        yield _case(f"density {density}", program, random_codes(3, program, frames=400))
    for seed, eight in ((20, 0.5), (21, 1.0)):
        program = random_program(seed, features=65, states=33, eight=eight)
        yield _case(f"wires of 8 bits {seed}", program, random_codes(seed, program, frames=100) >> 6)


def shipped_cases() -> Iterator[Case]:
    """Every model that ships on every example clip, whole."""
    for name in linnet.pretrained_names():
        program = shipped(name)
        for clip in CLIPS:
            yield _case(f"{name} {clip.stem}", program, codes_of(program, sound(clip)))


def _case(name: str, program: Program, codes: np.ndarray) -> Case:
    return name, program_to_bytes(program), codes, run_codes(program, codes)


@cache
def cases() -> tuple[Case, ...]:
    return (*random_cases(), *shipped_cases())


def assert_interpreter_bits(run_on: RunCodes, folder: Path) -> None:
    """`run_on` gives the interpreter's answers, all of them."""
    model, given, answers = folder / "model.gguf", folder / "codes.i16", folder / "answers.i16"
    for name, data, codes, expected in cases():
        model.write_bytes(data)
        given.write_bytes(codes.tobytes())
        run_on(model, given, answers)
        assert np.array_equal(np.fromfile(answers, np.int16).reshape(expected.shape), expected), name
