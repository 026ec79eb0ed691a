"""Writes what the tree keeps in engine/tests/corpus: models that readers take or refuse, and vectors.txt.

`python -m tests.readers.corpus engine/tests/corpus` writes it anew. The vectors say what every port must compute
(docs/reference/vectors.md); their integers come from the interpreter, their samples from the
engine, whose forms all agree.
"""

from __future__ import annotations

import re
import sys
import zlib
from functools import partial
from pathlib import Path

import numpy as np

from linnet.ir import Program, program_to_bytes, read_program, run_codes
from linnet.runtime import Model
from linnet.runtime.library import Block, library
from linnet.runtime.session import EngineSession
from tests.ir.programs import random_program, with_front_end

HOPS = 100
MASK = (1 << 64) - 1
MULTIPLIER = 2685821657736338717


def drawn(seed: int, count: int) -> np.ndarray:
    """check.h: draw. `count` numbers of 32 bits by xorshift64*."""
    numbers = np.empty(count, np.uint32)
    for i in range(count):
        seed ^= seed >> 12
        seed = (seed ^ seed << 25) & MASK
        seed ^= seed >> 27
        numbers[i] = (seed * MULTIPLIER & MASK) >> 32
    return numbers


def input_codes(seed: int, program: Program) -> np.ndarray:
    """Codes of HOPS frames: the lower 16 bits of each number."""
    numbers = drawn(seed, HOPS * program.input_width)
    return numbers.astype(np.uint16).view(np.int16).reshape(HOPS, -1)


def input_sound(seed: int, program: Program) -> np.ndarray:
    """Samples of HOPS hops: the lower 16 bits, signed, over 2^17; so within a quarter of full scale."""
    numbers = drawn(seed, HOPS * program.metadata.front_end.hop)
    return numbers.astype(np.uint16).view(np.int16).astype(np.float32) / np.float32(1 << 17)


def denoised(data: bytes, sound: np.ndarray) -> np.ndarray:
    """What the engine makes of whole hops of sound."""
    session = EngineSession(Model(data))
    block, samples = Block.like(sound.shape, np.float32)
    samples[:] = sound
    EngineSession.check(library().linnet_session_denoise(session.handle, block.pointer, block.pointer, HOPS))
    return samples.copy()


def vector_programs() -> dict[str, Program]:
    """Small programs of every kind: what a port meets first."""
    drawn = partial(random_program, bins=129, features=24, states=16, layers=1)
    programs = {
        "dense": drawn(1, density=1.0),
        "sparse": drawn(2, density=0.1),
        "eight_bits": drawn(3, eight=1.0),
        "phases": drawn(4, phase_bins=16),
        "bands": drawn(5, phase_bins=16, band_ratio=8),
        "tiny": random_program(6, bins=9, features=5, states=3, layers=1),
    }
    return programs | {"offset": with_front_end(drawn(7, density=0.3), offset_alpha=0.02)}


def vector_lines(name: str, seed: int, data: bytes) -> list[str]:
    """Two lines of vectors.txt: codes and sound."""
    program = read_program(data)
    codes = run_codes(program, input_codes(seed, program)).astype("<i2")
    sound = denoised(data, input_sound(seed, program)).astype("<f4")
    return [
        f"{name} {kind} {HOPS} {seed} {zlib.crc32(out.tobytes()):08x}"
        for kind, out in (("codes", codes), ("sound", sound))
    ]


def write(folder: Path) -> None:
    """Write models and vectors into `folder`/model and `folder`."""
    from tests.readers.test_differential import REFUSED, TAKEN

    lines = ["# model kind hops seed crc32; what they mean: docs/reference/vectors.md"]
    models = folder / "model"
    models.mkdir(parents=True, exist_ok=True)
    for seed, (name, program) in enumerate(vector_programs().items(), start=1):
        data = program_to_bytes(program)
        (models / f"vector_{name}.gguf").write_bytes(data)
        lines += vector_lines(f"model/vector_{name}.gguf", seed, data)
    for verdict, files in (("taken", TAKEN), ("refused", REFUSED)):
        for law, data in files.items():
            (models / f"{verdict}_{re.sub('[^a-z0-9]+', '_', law.lower())}.gguf").write_bytes(data)
    (folder / "vectors.txt").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
