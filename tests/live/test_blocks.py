"""Blocks through the live denoiser: the file's result after the stated latency, whatever the sizes and the rate."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.live.blocks import BlockDenoiser, Controls
from linnet.runtime import Denoiser
from tests.conftest import tone


@pytest.fixture(scope="module")
def denoiser() -> Denoiser:
    return Denoiser.from_pretrained("denoise-sparse-small")


def in_blocks(live: BlockDenoiser, sound: np.ndarray, sizes: list[int]) -> np.ndarray:
    parts: list[np.ndarray] = []
    place = 0
    while place < len(sound):
        block = sound[place : place + sizes[len(parts) % len(sizes)]]
        parts.append(live.process(block))
        assert len(parts[-1]) == len(block)
        place += len(block)
    return np.concatenate(parts)


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000, 37000])
@pytest.mark.parametrize("sizes", [[480], [1, 7, 1000]])
def test_blocks_give_the_files_result_after_the_latency(
    denoiser: Denoiser, rate_hz: int, sizes: list[int]
) -> None:
    sound = tone(0.5, rate_hz)[:, 0]
    live = BlockDenoiser(denoiser, rate_hz, Controls())
    out = in_blocks(live, sound, sizes)
    late = live.latency_samples
    assert np.array_equal(out[late:], denoiser(sound, sample_rate_hz=rate_hz)[: len(out) - late])


def test_the_latency_at_a_native_rate_is_the_window(denoiser: Denoiser) -> None:
    for rate_hz, window in ((16000, 512), (44100, 1408), (48000, 1536)):
        assert BlockDenoiser(denoiser, rate_hz, Controls()).latency_samples == window


@pytest.mark.parametrize("controls", [Controls(is_bypassed=True), Controls(strength=0.0)])
def test_bypassed_sound_is_the_input_of_the_same_time(denoiser: Denoiser, controls: Controls) -> None:
    sound = tone(0.3, 16000)[:, 0]
    live = BlockDenoiser(denoiser, 16000, controls)
    out = in_blocks(live, sound, [160])
    assert np.array_equal(out[live.latency_samples :], sound[: len(out) - live.latency_samples])


def test_half_the_strength_is_half_of_each(denoiser: Denoiser) -> None:
    sound = tone(0.3, 16000)[:, 0]
    live = BlockDenoiser(denoiser, 16000, Controls(strength=0.5))
    out, late = in_blocks(live, sound, [160]), live.latency_samples
    clean, before = denoiser(sound, sample_rate_hz=16000)[:-late], sound[:-late]
    assert np.array_equal(out[late:], before + np.float32(0.5) * (clean - before))


def test_a_switch_is_a_ramp_without_a_step(denoiser: Denoiser) -> None:
    controls = Controls(is_bypassed=True)
    live = BlockDenoiser(denoiser, 16000, controls)
    constant = np.full(3200, 0.5, np.float32)
    parts = [in_blocks(live, constant, [100])]
    controls.is_bypassed = False
    parts.append(in_blocks(live, constant, [100]))
    steps = np.abs(np.diff(np.concatenate(parts)[live.latency_samples :]))
    assert steps.max() < 0.05
