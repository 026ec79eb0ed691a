"""Changes of a voice: formants move without pitch, a band or a piece is missing, and the rest is as it was."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.audio.render import moved_formants, with_gap, without_band
from linnet.audio.synthetic import speech_like

RATE_HZ = 16000


def pulses(formant_hz: float, pitch_hz: int = 100) -> np.ndarray:
    """One second of a voice with one formant."""
    time = np.arange(RATE_HZ) / RATE_HZ
    partials = pitch_hz * np.arange(1, 70)
    sizes = np.exp(-(((partials - formant_hz) / 300.0) ** 2))
    sound = (sizes[:, None] * np.cos(2 * np.pi * partials[:, None] * time)).sum(axis=0)
    return (0.1 * sound).astype(np.float32)


def centre_hz(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(np.sum(power * np.arange(power.size)) / np.sum(power))  # bins are 1 Hz


@pytest.mark.parametrize("factor", [0.85, 1.18])
def test_formants_move_and_the_pitch_stays(factor: float) -> None:
    sound = pulses(2000.0)
    moved = moved_formants(sound, factor)
    assert moved.shape == sound.shape
    assert moved.dtype == np.float32
    assert (centre_hz(moved) - 2000.0) * (factor - 1) > 100.0 * abs(factor - 1)
    assert abs(centre_hz(moved) - 2000.0) > 100.0
    power = np.abs(np.fft.rfft(moved)) ** 2
    assert power[::100].sum() > 0.9 * power.sum()  # the partials lie where they lay


def test_formants_that_stay_leave_the_sound() -> None:
    sound = speech_like(np.random.default_rng(0), RATE_HZ, RATE_HZ)
    np.testing.assert_allclose(moved_formants(sound, 1.0), sound, atol=1e-5)


def test_a_band_is_missing_and_the_rest_is_as_it_was() -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, RATE_HZ).astype(np.float32)
    for seed in range(5):
        left = np.abs(np.fft.rfft(without_band(np.random.default_rng(seed), sound, 0.3)))
        before = np.abs(np.fft.rfft(sound))
        missing = left < 1e-2 * np.median(before)
        assert missing.sum() <= 0.3 * missing.size + 200
        changed = np.abs(left - before) > 1e-2 * np.median(before)
        assert np.ptp(np.flatnonzero(changed)) <= 0.3 * missing.size


def test_a_gap_is_silent_and_no_longer_than_said() -> None:
    sound = np.ones(1000, np.float32)
    sizes = {int(np.sum(with_gap(np.random.default_rng(seed), sound, 100) == 0)) for seed in range(20)}
    assert max(sizes) <= 100
    assert len(sizes) > 5
    assert np.all(sound == 1)
