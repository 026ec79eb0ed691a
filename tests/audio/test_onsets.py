"""How much of speech is kept at its beginning: found where it was put, and measured as it was turned down."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.audio.onsets import LEAST_KEPT_DB, fricatives, kept

RATE_HZ = 16000


def noise(samples: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, samples).astype(np.float32)


def voiced(samples: int) -> np.ndarray:
    time = np.arange(samples) / RATE_HZ
    harmonics = np.sum([np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 8)], axis=0)
    return (0.2 * harmonics).astype(np.float32)


def hiss(samples: int) -> np.ndarray:
    """Noise above 4 kHz."""
    spectrum = np.fft.rfft(noise(samples, 5))
    spectrum[np.fft.rfftfreq(samples, 1 / RATE_HZ) < 4000] = 0
    return np.fft.irfft(spectrum, samples).astype(np.float32)


def phrases() -> np.ndarray:
    """A voiced phrase at once, "s" and a voiced phrase after a pause, a voiced one after another pause."""
    pause = np.zeros(RATE_HZ // 2, np.float32)
    return np.concatenate([voiced(8000), pause, hiss(1600), voiced(6400), pause, voiced(8000)])


def test_only_the_fricative_behind_a_pause_is_one() -> None:
    (found,) = fricatives(phrases(), RATE_HZ)
    assert abs(found.start - 16000) <= 160
    assert found.stop - found.start == 960


@pytest.mark.parametrize("gain", [1.0, 0.5, 0.1])
def test_what_is_kept_is_the_gain_whatever_noise_is_left(gain: float) -> None:
    """The noise left is 20 dB below; its correlation with 960 samples of speech is within 3 %."""
    clean = phrases()
    left = gain * clean + gain * 0.1 * noise(clean.size, 2)
    result = kept(clean, left.astype(np.float32), RATE_HZ)
    assert result.fricatives_db == pytest.approx([20 * np.log10(gain)], abs=0.3)
    assert result.start_db == pytest.approx(20 * np.log10(gain), abs=0.1)


def test_a_fricative_that_is_lost_is_found_lost_though_the_rest_is_kept() -> None:
    clean = phrases()
    cleaned = clean.copy()
    cleaned[15900:17600] = 0
    result = kept(clean, cleaned, RATE_HZ)
    assert result.fricatives_db == (LEAST_KEPT_DB,)
    assert result.start_db == pytest.approx(0.0, abs=1e-6)


def test_a_recording_that_begins_with_a_pause_has_no_start() -> None:
    clean = np.concatenate([np.zeros(RATE_HZ, np.float32), phrases()])
    assert kept(clean, clean, RATE_HZ).start_db is None
    silence = np.zeros(8000, np.float32)
    assert kept(silence, silence, RATE_HZ) == ((), None)


def test_signals_that_do_not_belong_together_are_refused() -> None:
    for clean, cleaned, rate in ((np.zeros(5), np.zeros(6), 16000), (np.zeros(5), np.zeros(5), 7000)):
        with pytest.raises(ValueError, match="give one channel each"):
            kept(clean.astype(np.float32), cleaned.astype(np.float32), rate)
