"""The two readers of model files, side by side: `python -m tests.readers.differential --seconds 600`.

Both take a file or both refuse it, and what both take gives the same integers in the interpreter and in the engine.
A file on which they differ is written to --folder.
"""

from __future__ import annotations

import argparse
import ctypes
import random
import sys
import time
from pathlib import Path

import numpy as np

from linnet.ir import ArtifactError, Program, read_program, run_codes
from linnet.runtime import Model, ModelError, Session
from linnet.runtime.library import library
from tests.readers.mutations import bent_file

FRAMES = 2
MOST_SESSION_BYTES = 1 << 24  # larger ones are read by both, but not run


def difference(data: bytes) -> str | None:
    """What the readers, or the executors of what they read, do not agree on; None where they agree."""
    program = python_takes(data)
    status = status_of(data)
    if (program is None) != (status != 0):
        says = str(library().linnet_status_text(status), "utf-8")
        return f"Python {'refuses' if program is None else 'takes'} it, C says: {says}"
    return None if program is None else _executors_differ(program, data)


def status_of(data: bytes) -> int:
    """What the engine says of a model file: one of the statuses of linnet.h."""
    status = ctypes.c_int(0)
    buffer = np.frombuffer(data, np.uint8)
    library().linnet_model_size(ctypes.c_void_p(buffer.ctypes.data), buffer.size, None, ctypes.byref(status))
    return status.value


def python_takes(data: bytes) -> Program | None:
    """The program in `data`, None where the reader in Python refuses it."""
    try:
        return read_program(data)
    except ArtifactError:
        return None


def _executors_differ(program: Program, data: bytes) -> str | None:
    try:
        model = Model(data)
    except ModelError as error:
        return f"linnet_model_init refuses what linnet_model_size took: {error}"
    if model.info.session_bytes > MOST_SESSION_BYTES:
        return None
    session = Session(model)
    if session.input_width != program.input_width or session.output_width != program.output_width:
        return "the widths differ"
    rng = np.random.default_rng(len(data))
    limits = np.iinfo(np.int16)
    codes = rng.integers(limits.min, limits.max + 1, (FRAMES, program.input_width)).astype(np.int16)
    same = np.array_equal(run_codes(program, codes), session.run(codes))
    return None if same else "interpreter and engine give different integers"


def compare(seed: int, *, seconds: float, rounds: int | None = None, folder: Path | None = None) -> list[str]:
    """Compare the readers on files drawn from `seed`; the differences, at most ten."""
    rng, done = random.Random(seed), 0
    found: list[str] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and len(found) < 10 and (rounds is None or done < rounds):
        data = bent_file(rng)
        reason = difference(data)
        done += 1
        if reason is None:
            continue
        found.append(f"seed {seed}, file {done}: {reason}")
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"seed{seed}_file{done}.gguf").write_bytes(data)
    print(f"readers compared on {done} files of seed {seed}, {len(found)} differences")
    return found


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--folder", type=Path, default=Path("build/differences"))
    options = parser.parse_args()
    found = compare(options.seed, seconds=options.seconds, folder=options.folder)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
