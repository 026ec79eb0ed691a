"""The offset of samples: followed in whole clips and hop by hop with the same bits, and gone from what is left."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.audio.offset import no_offset, offset_step, without_offset
from linnet.audio.stft import FrontEnd

FRONT_END = FrontEnd(offset_time_constant_ms=400.0)


def noise(samples: int, shape: tuple[int, ...] = ()) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.1, (*shape, samples)).astype(np.float32)


@pytest.mark.parametrize("samples", [0, 1, 127, 128, 5000])
def test_hop_by_hop_it_is_the_whole_clip(samples: int) -> None:
    clip = noise(samples, (2,)) + np.float32(0.2)
    clip[1, 256:1024] = 0
    padded = np.pad(clip, [(0, 0), (0, -samples % FRONT_END.hop)])
    offset, parts = no_offset((2,)), [clip[:, :0]]
    for first in range(0, samples, FRONT_END.hop):
        offset, part = offset_step(offset, padded[:, first : first + FRONT_END.hop], FRONT_END)
        parts.append(part)
    assert np.array_equal(np.concatenate(parts, axis=-1)[:, :samples], without_offset(clip, FRONT_END))


def test_a_constant_becomes_silence_at_once() -> None:
    assert not without_offset(np.full(4096, 0.25, np.float32), FRONT_END).any()


def test_digital_silence_stays_silent_and_teaches_nothing() -> None:
    clip = noise(128 * 60) + np.float32(0.1)
    with_pause = np.concatenate(
        [np.zeros(1280, np.float32), clip[:3840], np.zeros(1280, np.float32), clip[3840:]]
    )
    found, expected = without_offset(with_pause, FRONT_END), without_offset(clip, FRONT_END)
    assert not found[:1280].any()
    assert not found[5120:6400].any()
    assert np.array_equal(np.concatenate([found[1280:5120], found[6400:]]), expected)


@pytest.mark.parametrize("offset", [0.01, -0.1, 0.5])
def test_what_is_left_does_not_depend_on_the_offset(offset: float) -> None:
    """But for the rounding of samples that are larger: 2^-24 of their size, in the sample and in the mean."""
    clip = noise(16000)
    found = without_offset(clip + np.float32(offset), FRONT_END)
    limit = 8 * 2.0**-24 * (abs(offset) + np.abs(clip).max())
    assert np.abs(found - without_offset(clip, FRONT_END)).max() < limit


def test_sound_without_an_offset_keeps_its_sound() -> None:
    """The running mean of noise has a variance of alpha / 2 of that of a hop's mean: -55 dB of the noise."""
    clip = noise(160_000)
    lost = clip - without_offset(clip, FRONT_END)
    assert np.sqrt(np.mean(lost[16000:] ** 2) / np.mean(clip**2)) < 10 ** (-35 / 20)
