"""What estimates count on recordings."""

from pathlib import Path

import numpy as np
import pytest

from linnet.audio.files import write_audio
from linnet.ir import program_to_bytes
from linnet.life.estimating import codes_of
from linnet.runtime import Model
from tests.ir.programs import random_program

RATE_HZ = 16000


def test_frames_of_digital_silence_are_not_counted_for_the_program_does_not_run(tmp_path: Path) -> None:
    program = random_program(2, bins=257, density=0.2)
    model, path = Model(program_to_bytes(program)), tmp_path / "muted.wav"
    window, hop = program.metadata.front_end.window, program.metadata.front_end.hop
    sound = np.random.default_rng(0).uniform(-0.1, 0.1, (40 * hop, 1)).astype(np.float32)
    muted = np.concatenate([sound, np.zeros((60 * hop, 1), np.float32)])
    write_audio(path, muted, RATE_HZ)
    (codes,) = codes_of(program, model, path)
    assert 40 <= len(codes) <= 40 + window // hop
    write_audio(path, np.zeros_like(muted), RATE_HZ)
    with pytest.raises(ValueError, match="silent throughout"):
        codes_of(program, model, path)
