"""What the tests of training share: a recipe that compiles quickly, and recordings made on the spot."""

from pathlib import Path

import numpy as np

from linnet.audio.files import write_audio
from linnet.audio.synthetic import pink, speech_like
from linnet.train.recipe import Recipe, parse_recipe

RATE_HZ = 16000

SMALL = """
name = "small"

[model]
width = 0.0625
layers = 1

[front_end]
window = 64
hop = 32

[mixtures]
clip_seconds = 0.1
batch = 2

[validation]
clip_seconds = 0.1
batch = 2
clean_probability = 0.0

[optimizer]
warmup_updates = 2

[training]
updates = 14
validate_every = 4
checkpoint_every = 3
validation_clips = 4
"""

SPARSE_AND_ROUNDED = """
[sparsity]
density = 0.25
end = 0.5
every = 3

[quantization]
scheme = "W8A16"
start = 0.7
"""
"""Tables to add: a quarter of the weights stays, masks settle halfway, rounding begins late."""


def small_recipe(text: str = SMALL) -> Recipe:
    return parse_recipe(text)


def write_recordings(root: Path) -> Path:
    """A data folder with two voices and one noise in `train` and in `val`."""
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for kind, make in (
            ("speech/{}/voice0", speech_like),
            ("speech/{}/voice1", speech_like),
            ("noise/{}/pink", pink),
        ):
            path = root / f"{kind.format(split)}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_audio(path, make(rng, RATE_HZ // 2, RATE_HZ)[:, None], RATE_HZ)
    return root
