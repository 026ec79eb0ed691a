"""A process that does nothing but run frames, for those who count from outside what it took.

`python -m linnet.bench.frames MODEL.gguf INPUTS.npz step|hop FRAMES`; INPUTS holds the `codes` and the `sound`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from linnet.bench.contenders import EngineContender


def run(model: Path, inputs: Path, what: str, frames: int) -> None:
    """Lay out the model and run this many frames, as steps (codes to codes) or hops (sound to sound).

    Prints the instruction set that the engine chose here.
    """
    with np.load(inputs) as given:
        contender = EngineContender(model.read_bytes(), given["codes"], given["sound"])
    ways = {"step": contender.step_in_c, "hop": contender.hop_in_c}
    ways[what](frames)
    print(contender.model.kernels)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
