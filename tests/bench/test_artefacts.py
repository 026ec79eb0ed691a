"""Figures of what an ear complains of: each rises with the fault it is named after, and not with the others."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from linnet.bench.artefacts import artefacts

RATE_HZ = 16_000
SECONDS = 4


def sounds(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Speech, half a second of wide noise in every second and silence between, and steady noise 10 dB below it."""
    rng = np.random.default_rng(seed)
    time = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    clean = 0.1 * rng.standard_normal(time.size) * (time % 1.0 < 0.4)
    return clean.astype(np.float32), (0.03 * rng.standard_normal(time.size)).astype(np.float32)


def test_a_recording_left_as_it_is_has_no_fault():
    clean, noise = sounds()
    found = artefacts(clean, clean + noise, clean + noise, RATE_HZ)
    assert found.dull_db == pytest.approx(0.0, abs=0.5)
    assert found.musical == pytest.approx(0.0, abs=1e-9)
    assert found.pumping_db == pytest.approx(0.0, abs=1e-9)


def test_a_low_pass_makes_speech_dull_and_nothing_else():
    clean, noise = sounds()
    low = sosfilt(butter(8, 3000, fs=RATE_HZ, output="sos"), clean)
    found = artefacts(clean, clean + noise, low + 0.1 * noise, RATE_HZ)
    assert found.dull_db < -10
    assert found.musical == pytest.approx(0.0, abs=0.1)
    assert abs(found.pumping_db) < 1.0


def test_tones_that_come_and_go_are_musical_noise():
    clean, noise = sounds()
    rng, time = np.random.default_rng(1), np.arange(clean.size) / RATE_HZ
    tones = np.zeros(clean.size)
    for start in range(0, clean.size - 800, 800):
        tones[start : start + 800] = np.hanning(800) * np.sin(
            2 * np.pi * rng.uniform(500, 7000) * time[start : start + 800]
        )
    found = artefacts(clean, clean + noise, (clean + 0.01 * tones).astype(np.float32), RATE_HZ)
    assert found.musical > 1.0


def test_noise_that_stays_up_behind_speech_pumps():
    clean, noise = sounds()
    behind = np.arange(clean.size) / RATE_HZ % 1.0
    gate = np.where(behind < 0.6, 1.0, 0.1)
    found = artefacts(clean, clean + noise, clean + gate * noise, RATE_HZ)
    assert found.pumping_db > 10
    assert found.dull_db == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("samples", [0, 100, 2000])
def test_where_there_is_too_little_to_look_at_no_figure_is_given(samples):
    short = np.zeros(samples, np.float32)
    assert all(np.isnan(value) for value in artefacts(short, short, short, RATE_HZ))
