"""Generated noises repeat from their seed, keep their level, and have the spectra of their names."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.audio import synthetic
from linnet.audio.mixing import level

RATE = 16000
MAKERS = dict(synthetic.NOISE_MAKERS) | {"speech_like": synthetic.speech_like}


def slope_db_per_octave(signal: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(signal)) ** 2
    edges = 2.0 ** np.arange(7, 13)  # octaves from 128 Hz to 4096 Hz
    hz = np.fft.rfftfreq(signal.size, 1 / RATE)
    bands = [power[(hz >= low) & (hz < high)].mean() for low, high in pairwise(edges)]
    return float(np.polyfit(np.arange(len(bands)), 10 * np.log10(bands), 1)[0])


@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 2**32), samples=st.integers(1, 9000), rate_hz=st.sampled_from([8000, 16000, 48000])
)
def test_a_noise_is_finite_float32_of_its_level_and_repeats(name, seed, samples, rate_hz):
    made = MAKERS[name](np.random.default_rng(seed), samples, rate_hz)
    assert made.shape == (samples,)
    assert made.dtype == np.float32
    assert np.isfinite(made).all()
    assert level(made) == pytest.approx(synthetic.LEVEL, rel=1e-3) or not made.any()
    assert np.array_equal(made, MAKERS[name](np.random.default_rng(seed), samples, rate_hz))


@pytest.mark.parametrize(("name", "slope"), [("white", 0), ("pink", -3), ("brown", -6), ("blue", 3)])
def test_a_colour_has_its_slope(name, slope):
    made = MAKERS[name](np.random.default_rng(0), 8 * RATE, RATE)
    assert slope_db_per_octave(made) == pytest.approx(slope, abs=0.4)


def test_hum_stands_on_the_harmonics_of_the_mains():
    for seed in range(4):
        made = synthetic.hum(np.random.default_rng(seed), 4 * RATE, RATE)
        strongest_hz = np.argmax(np.abs(np.fft.rfft(made))) / 4
        assert min(strongest_hz % 50, -strongest_hz % 50, strongest_hz % 60, -strongest_hz % 60) < 2.5


def test_clicks_are_rare_and_loud():
    made = synthetic.clicks(np.random.default_rng(3), 4 * RATE, RATE)
    assert np.abs(made).max() > 4 * level(made)


def test_modulated_noise_swells_and_fades():
    made = synthetic.modulated(np.random.default_rng(0), 4 * RATE, RATE)
    loudness = np.sqrt(np.mean(made.reshape(-1, 800) ** 2, axis=1))
    assert np.percentile(loudness, 95) > 2 * np.percentile(loudness, 5)


def test_speech_like_signals_have_pauses_and_a_pitch():
    made = synthetic.speech_like(np.random.default_rng(1), 4 * RATE, RATE)
    loudness = np.sqrt(np.mean(made.reshape(-1, 320) ** 2, axis=1))
    assert np.percentile(loudness, 10) < 0.1 * np.percentile(loudness, 80)
    loudest = int(np.argmax(loudness)) * 320
    part = made[loudest - 400 : loudest + 720].astype(np.float64)
    echo = np.correlate(part, part, "full")[part.size - 1 :]
    assert echo[60:240].max() > 0.5 * echo[0]  # periods of 67 to 267 Hz


def test_babble_is_the_sum_of_voices_brought_to_one_level():
    one, other = np.full(8, 0.5, np.float32), np.array([1, -1] * 4, np.float32)
    made = synthetic.babble([one, other])
    np.testing.assert_allclose(made / made[0], [1, 0] * 4, atol=1e-6)


def test_any_noise_names_what_it_made():
    names = {synthetic.any_noise(np.random.default_rng(seed), 100, RATE)[1] for seed in range(60)}
    assert names <= set(dict(synthetic.NOISE_MAKERS))
    assert len(names) > 6


@pytest.mark.parametrize("seed", range(6))
def test_a_steady_sound_never_changes(seed):
    signal = synthetic.steady(np.random.default_rng(seed), 3 * RATE, RATE)
    spectra = np.abs(np.fft.rfft(signal.reshape(6, -1) * np.hanning(RATE // 2), axis=1)) ** 2
    loudest = spectra[:, np.argmax(spectra[0])]
    assert np.ptp(10 * np.log10(loudest)) < 1.5  # dB over half seconds, hiss and all


@pytest.mark.parametrize("seed", range(6))
def test_wind_is_rumble_in_gusts(seed):
    signal = synthetic.wind(np.random.default_rng(seed), 8 * RATE, RATE)
    power = np.abs(np.fft.rfft(signal)) ** 2
    assert power[: 500 * 8].sum() > 0.7 * power.sum()  # below 500 Hz
    assert level(signal) == pytest.approx(synthetic.LEVEL, rel=1e-3)


def test_gusts_come_and_go():
    made = [synthetic.wind(np.random.default_rng(seed), 8 * RATE, RATE) for seed in range(20)]
    loudness = [np.sqrt(np.mean(each.reshape(-1, RATE // 4) ** 2, axis=1)) for each in made]
    assert np.median([each.max() / each.min() for each in loudness]) > 2
