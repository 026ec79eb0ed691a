"""Small models of random weights that read text, for tests: they predict nonsense, and always the same."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from linnet.ir import FrontEndSpec, Program, program_to_bytes
from linnet.runtime import TextModel
from tests.ir.programs import random_program

ALPHABET = "\n ,.abcdefghijklmnopqrstuvwxyzAB!"
"""33 characters, as many as the program has inputs."""


@cache
def program(seed: int = 3) -> Program:
    drawn = random_program(seed, bins=33)
    metadata = replace(
        drawn.metadata,
        front_end=FrontEndSpec(frames_per_second=1.0),
        recipe=f'task = "text"\nalphabet = "{ALPHABET}"'.replace("\n ,", "\\n ,"),
    )
    return replace(drawn, metadata=metadata)


@cache
def text_model(seed: int = 3) -> TextModel:
    return TextModel(program_to_bytes(program(seed)))


def known_text(seed: int, size: int) -> bytes:
    """Bytes of the alphabet."""
    symbols = np.frombuffer(ALPHABET.encode("latin-1"), np.uint8)
    return np.random.default_rng(seed).choice(symbols, size).tobytes()


def any_bytes(seed: int, size: int) -> bytes:
    return np.random.default_rng(seed).bytes(size)
