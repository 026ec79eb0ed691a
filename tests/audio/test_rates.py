"""The front end at other rates has the model's bins, rebuilds sound, and follows its rule above them."""

from dataclasses import replace

import numpy as np
import pytest

from linnet.audio.rates import SIXTEENTHS, at_rate, cleaned_at_rate, lower_rates, model_spectra, upper_gain
from linnet.audio.stft import FrontEnd, features, istft, stft

OWN = FrontEnd(level_time_constant_ms=300.0, phase_bins=64, band_ratio=16)


def tones(rate_hz: int, seconds: float) -> np.ndarray:
    """From 250 to 3750 Hz, which every rate has."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    waves = [0.05 * np.sin(2 * np.pi * 250 * k * time + k * k) for k in range(1, 16)]
    return np.sum(waves, axis=0).astype(np.float32)


@pytest.mark.parametrize("own", [OWN, replace(OWN, hop=256)])
@pytest.mark.parametrize("rate_hz", SIXTEENTHS)
def test_windows_hops_and_time_constants_last_as_long_at_every_rate(own: FrontEnd, rate_hz: int) -> None:
    rated = at_rate(own, rate_hz)
    assert rated.hop / rate_hz == pytest.approx(own.hop / 16000, rel=0.0025)
    assert (rated.overlaps, rated.bins, rated.gain_count) == (own.overlaps, 257, own.gain_count)
    assert rated.level_alpha == pytest.approx(own.level_alpha, rel=0.003)


@pytest.mark.parametrize("rate_hz", SIXTEENTHS)
def test_gains_of_one_rebuild_the_sound_at_every_rate(rate_hz: int) -> None:
    rated = at_rate(FrontEnd(), rate_hz)
    sound = np.random.default_rng(rate_hz).uniform(-1, 1, rate_hz // 4).astype(np.float32)
    spectra = stft(sound, rated)
    kept = cleaned_at_rate(spectra, np.ones((len(spectra), 257), np.float32), rated)
    assert np.abs(istft(kept, sound.size, rated) - sound).max() < 3e-6


@pytest.mark.parametrize("rate_hz", [rate for rate in SIXTEENTHS if rate % 11025])
def test_bins_of_tones_are_the_models_own(rate_hz: int) -> None:
    at_own, at_other = (
        np.abs(model_spectra(stft(tones(rate, 0.5), at_rate(OWN, rate)), at_rate(OWN, rate)))[20:40]
        for rate in (16000, rate_hz)
    )
    assert np.abs(at_other - at_own)[:, :125].max() < 1e-3 * at_own.max()


def test_missing_bins_go_on_as_the_highest_and_features_are_as_many_as_ever() -> None:
    rated = at_rate(replace(OWN, band_ratio=0, phase_bins=0), 8000)
    spectra = model_spectra(stft(tones(8000, 0.2), rated), rated)
    shown = features(spectra, rated)
    assert spectra.shape[-1] == shown.shape[-1] == 257
    assert (shown[:, :129] > 0).all()
    highest = shown[:, 104:125].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(shown[:, 129:], np.broadcast_to(0.75 * highest, (len(shown), 128)), rtol=1e-4)


def test_above_the_model_lies_the_square_of_the_mean_of_its_highest_gains_or_nothing() -> None:
    gains = np.zeros((1, 257), np.float32)
    gains[0, 160:] = 0.5
    assert upper_gain(gains) == pytest.approx(0.25)
    rated = at_rate(FrontEnd(), 48000)
    spectra = np.ones((1, 769), np.complex64)
    assert cleaned_at_rate(spectra, gains, rated)[0, 257:] == pytest.approx(0.25)
    assert (cleaned_at_rate(spectra, gains, rated, upper_band=False)[0, 257:] == 0).all()
    assert upper_gain(-gains) == 0


@pytest.mark.parametrize(("own", "rate_hz"), [(OWN, 37000), (FrontEnd(window=16, hop=4), 11025)])
def test_a_rate_without_a_whole_window_is_refused(own: FrontEnd, rate_hz: int) -> None:
    with pytest.raises(ValueError, match="no whole window"):
        at_rate(own, rate_hz)


def test_low_rates_that_have_no_whole_hop_are_refused_by_the_key_that_wants_them() -> None:
    own = FrontEnd(sample_rate_hz=48000, window=2048, hop=64)
    with pytest.raises(
        ValueError, match="low_rate_probability shows sound of 8000 Hz too, where window=2048 and hop=64"
    ):
        lower_rates(own)


def test_running_means_move_as_far_as_the_models_own_times_what_a_hop_is_longer() -> None:
    """A hop at 11 025 Hz is 88 samples, by 0.23 % shorter; the engine scales the step of the model file likewise."""
    rated = at_rate(OWN, 11025)
    assert rated.level_alpha == np.float32(float(OWN.level_alpha) * (88 / 11025) / (128 / 16000))
    assert rated.level_alpha < OWN.level_alpha == at_rate(OWN, 48000).level_alpha
