"""The example that cleans and gates several streams in one asyncio program runs, and gives the bits of each alone."""

from __future__ import annotations

import asyncio
import runpy

import numpy as np
import soundfile

from linnet.runtime import Denoiser
from tests.source_tree import ROOT


def test_the_async_example_cleans_streams_side_by_side() -> None:
    example = runpy.run_path(str(ROOT / "examples" / "gate_async.py"))
    denoiser = Denoiser.from_pretrained()
    paths = [ROOT / "examples" / "noisy" / name for name in ("fan.wav", "keyboard.wav")]

    async def both() -> list[tuple[np.ndarray, float]]:
        return await asyncio.gather(*(example["gated"](denoiser, str(path)) for path in paths))

    for path, (sound, share) in zip(paths, asyncio.run(both()), strict=True):
        noisy, rate_hz = soundfile.read(path, dtype="float32")
        wanted = denoiser(noisy, sample_rate_hz=rate_hz)
        assert len(sound) == len(wanted)
        is_open = sound != 0
        assert np.array_equal(sound[is_open], wanted[is_open])
        assert 0.3 < share < 1
        assert is_open.mean() > 0.5
