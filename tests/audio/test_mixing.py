"""Mixtures have the ratio and level that was asked for, never clip, and rooms keep time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.audio.mixing import active_level, apply_room, level, mix
from linnet.audio.synthetic import pink, speech_like

RATE = 16000


def decibels(ratio: float) -> float:
    return 20 * float(np.log10(ratio))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    snr_db=st.floats(-20, 40),
    level_dbfs=st.floats(-60, 0),
    speech_gain=st.floats(1e-3, 10),
    noise_gain=st.floats(1e-3, 10),
)
def test_a_mixture_has_the_ratio_and_level_asked_for(seed, snr_db, level_dbfs, speech_gain, noise_gain):
    rng = np.random.default_rng(seed)
    speech = speech_like(rng, 6000, RATE) * np.float32(speech_gain)
    noise = pink(rng, 6000, RATE) * np.float32(noise_gain)
    mixture = mix(speech, noise, snr_db=snr_db, level_dbfs=level_dbfs)
    assert decibels(active_level(mixture.clean) / active_level(mixture.noise)) == pytest.approx(
        snr_db, abs=0.01
    )
    peak = max(np.abs(part).max() for part in mixture)
    assert peak <= 0.9901
    if peak < 0.98:
        assert decibels(active_level(mixture.noisy)) == pytest.approx(level_dbfs, abs=0.01)
    np.testing.assert_allclose(mixture.noisy, mixture.clean + mixture.noise, atol=1e-6)


def test_pauses_do_not_lower_the_active_level():
    tone = 0.1 * np.sin(np.arange(16000)).astype(np.float32)
    with_pause = np.concatenate((tone, np.zeros(16000, np.float32)))
    assert active_level(with_pause) == pytest.approx(active_level(tone), rel=1e-3)
    assert level(with_pause) == pytest.approx(level(tone) / np.sqrt(2), rel=1e-6)


@pytest.mark.parametrize("samples", [0, 1, 319, 320, 321])
def test_levels_of_very_short_signals_are_numbers(samples):
    assert level(np.ones(samples, np.float32)) == (1.0 if samples else 0.0)
    assert active_level(np.ones(samples, np.float32)) == (1.0 if samples else 0.0)


def test_silent_noise_leaves_the_speech_alone():
    speech = speech_like(np.random.default_rng(0), 8000, RATE)
    mixture = mix(speech, np.zeros_like(speech), snr_db=5.0, level_dbfs=-30.0)
    assert np.array_equal(mixture.noisy, mixture.clean)
    assert decibels(active_level(mixture.clean)) == pytest.approx(-30.0, abs=0.01)


def test_silence_and_silence_is_silence():
    zeros = np.zeros(1000, np.float32)
    assert all(not part.any() for part in mix(zeros, zeros, snr_db=0.0, level_dbfs=-20.0))


def test_signals_of_two_lengths_are_refused():
    with pytest.raises(ValueError, match="one length"):
        mix(np.ones(5, np.float32), np.ones(6, np.float32), snr_db=0.0, level_dbfs=-20.0)


@given(delay=st.integers(0, 300), gain=st.floats(0.01, 5))
@settings(max_examples=20, deadline=None)
def test_a_room_of_one_arrival_changes_nothing_wherever_it_lies(delay, gain):
    speech = speech_like(np.random.default_rng(1), 4000, RATE)
    response = np.zeros(400, np.float32)
    response[delay] = gain
    np.testing.assert_allclose(apply_room(speech, response), speech, atol=1e-5)


def test_a_room_is_convolution():
    rng = np.random.default_rng(2)
    speech, response = rng.standard_normal(500).astype(np.float32), np.zeros(60, np.float32)
    response[[10, 30, 45]] = 0.8, 0.4, -0.2
    wanted = np.convolve(speech, response / np.sqrt(0.84))[10:510]
    np.testing.assert_allclose(apply_room(speech, response), wanted, atol=1e-5)


def test_a_room_without_energy_is_refused():
    with pytest.raises(ValueError, match="no energy"):
        apply_room(np.ones(10, np.float32), np.zeros(10, np.float32))
