"""Training's own front end in JAX equals the one of audio/stft.py."""

import dataclasses

import numpy as np
import pytest
from scipy.signal import resample

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.audio.offset import without_offset
from linnet.audio.rates import at_rate
from linnet.audio.stft import FrontEnd, cleaned, features, istft, stft
from linnet.tasks.denoise.enhance import enhance
from linnet.tasks.features import features_of, features_of_clips, heard
from linnet.tasks.spectra import Spectra
from tests.compilations import counted

UNIT = 2.0**-24
FRONT_END = FrontEnd(window=64, hop=16, level_time_constant_ms=20.0)
WIDE = FrontEnd(level_time_constant_ms=20.0, level_least=0.75, level_most=2.0)
CLIPS = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 900)).astype(np.float32)


def by_time(spectra: np.ndarray) -> Spectra:
    re, im = (np.swapaxes(part, 0, 1) for part in (spectra.real, spectra.imag))
    return Spectra(jnp.asarray(re), jnp.asarray(im))


@pytest.mark.parametrize("time_constant_ms", [0.0, 20.0])
def test_features_are_those_of_the_front_end(time_constant_ms):
    front_end = dataclasses.replace(FRONT_END, level_time_constant_ms=time_constant_ms)
    spectra = stft(CLIPS, front_end)
    found = jax.jit(lambda *s: features_of(Spectra(*s), front_end))(*by_time(spectra))
    assert found.dtype == np.float32
    # per magnitude 2 roundings, 8 for the mean of 33 bins, 3 a frame in a level that forgets at rate alpha, a division
    tolerance = (2 + 8 + (3 / float(front_end.level_alpha) if time_constant_ms else 0) + 1) * UNIT
    expected = features(spectra, front_end)
    np.testing.assert_allclose(np.swapaxes(found, 0, 1), expected, rtol=2 * tolerance)


def test_features_outside_of_jit_are_compiled_for_the_first_batch_only():
    front_end = dataclasses.replace(FRONT_END, level_time_constant_ms=30.0)
    spectra = by_time(stft(CLIPS, front_end))
    with counted() as first:
        features_of(Spectra(*map(jnp.asarray, spectra)), front_end)
    with counted() as second:
        features_of(Spectra(*map(jnp.asarray, spectra)), front_end)
    assert first[0] > 0
    assert second == [0]


def test_features_of_the_phase_are_those_of_the_front_end():
    front_end = dataclasses.replace(FRONT_END, phase_bins=9)
    spectra = stft(CLIPS, front_end)
    found = jax.jit(lambda *s: features_of(Spectra(*s), front_end))(*by_time(spectra))
    assert found.shape[-1] == front_end.feature_count
    # products of spectra of 1e-3 to 1e-2 lie above what fades in silence, and are exact to some roundings
    np.testing.assert_allclose(np.swapaxes(found, 0, 1), features(spectra, front_end), rtol=0, atol=1e-4)


def test_what_a_model_answers_turns_phases_as_the_front_end_says():
    front_end = dataclasses.replace(FRONT_END, phase_bins=9)
    spectra = stft(CLIPS, front_end)
    gains = (
        np.random.default_rng(1).uniform(0, 1, (*spectra.shape[:2], front_end.gain_count)).astype(np.float32)
    )
    found = jax.jit(lambda x: enhance(lambda _: jnp.swapaxes(gains, 0, 1), x, front_end))(CLIPS)
    expected = istft(cleaned(spectra, gains, front_end), CLIPS.shape[-1], front_end)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_derivatives_reach_turns_and_gains_alike():
    front_end = dataclasses.replace(FRONT_END, phase_bins=9)
    shape = (stft(CLIPS, front_end).shape[1], 2, front_end.gain_count)
    gains = jnp.asarray(np.random.default_rng(2).uniform(0.2, 0.8, shape), jnp.float32)

    @jax.jit
    def loss(gains):
        return jnp.sum(enhance(lambda _: gains, jnp.asarray(CLIPS), front_end) ** 2)

    found = jax.jit(jax.grad(loss))(gains)
    way = jnp.asarray(np.random.default_rng(3).standard_normal(shape), jnp.float32)
    slope = (loss(gains + 1e-2 * way) - loss(gains - 1e-2 * way)) / 2e-2
    np.testing.assert_allclose(jnp.sum(found * way), slope, rtol=1e-3)
    of_turns = found[..., front_end.bins + 1 :]  # bin 0 of a real signal has no phase
    assert jnp.all(jnp.any(of_turns != 0, axis=(0, 1)))


def test_gains_of_one_change_nothing_and_of_zero_leave_silence():
    same = jax.jit(lambda x: enhance(jnp.ones_like, x, FRONT_END))(CLIPS)
    np.testing.assert_allclose(same, CLIPS, rtol=0, atol=1e-5)
    silence = jax.jit(lambda x: enhance(jnp.zeros_like, x, FRONT_END))(CLIPS)
    assert not np.asarray(silence).any()


WITH_OFFSET = dataclasses.replace(FRONT_END, offset_time_constant_ms=10.0)


@pytest.mark.parametrize("samples", [1, 16, 900])
def test_training_hears_clips_without_their_offset_as_streams_do(samples):
    clips = CLIPS[:, :samples] + np.array([[0.3], [-0.1]], np.float32)
    clips[1, 200:400] = 0
    found = jax.jit(lambda clips: heard(clips, WITH_OFFSET))(clips)
    # 16 samples are summed in another order, and a mean that forgets at rate alpha keeps what that leaves
    tolerance = (16 / float(WITH_OFFSET.offset_alpha) + 4) * UNIT
    np.testing.assert_allclose(found, without_offset(clips, WITH_OFFSET), atol=tolerance)
    assert not np.asarray(found)[1, 208:384].any()  # whole hops of digital silence
    given = jnp.asarray(clips)
    assert heard(given, FRONT_END) is given


def test_what_is_shown_and_what_is_cleaned_have_lost_the_offset():
    clips = CLIPS + np.float32(0.3)
    cleared = without_offset(clips, WITH_OFFSET)
    expected = np.asarray(jax.jit(lambda clips: features_of_clips(clips, FRONT_END))(cleared))
    tolerance = (16 / float(WITH_OFFSET.offset_alpha) + 4) * UNIT
    shown = jax.jit(lambda clips: features_of_clips(clips, WITH_OFFSET))(clips)
    np.testing.assert_allclose(shown, expected, atol=np.sqrt(np.sqrt(64 * tolerance)))
    passed = jax.jit(lambda clips: enhance(jnp.ones_like, clips, WITH_OFFSET))(clips)
    np.testing.assert_allclose(passed, cleared, atol=tolerance + 20 * UNIT)


@pytest.mark.parametrize("rate_hz", [8000, 11025, 12000])
def test_training_shows_clips_of_a_low_rate_as_streams_show_them(rate_hz: int):
    low = np.random.default_rng(3).standard_normal((2, rate_hz // 2)).astype(np.float32)
    low[1] *= np.float32(0.02)
    rated = at_rate(WIDE, rate_hz)
    samples = round(low.shape[1] * rated.own.hop / rated.hop)
    high = resample(low, samples, axis=1).astype(np.float32)
    expected = np.moveaxis(features(stft(low, rated), rated), 1, 0)
    found = features_of_clips(jnp.asarray(high), WIDE, jnp.asarray([rate_hz, rate_hz]))
    frames = slice(2, min(len(found), len(expected)) - 2)
    edge = rated.spectrum_bins - 2  # the highest, which resampling touches
    difference = np.abs(np.asarray(found)[frames] - expected[frames])
    assert difference[..., :edge].mean() < 0.01 * expected.mean()
    assert difference[..., rated.spectrum_bins :].max() < 0.02 * expected.mean()


def test_training_makes_up_each_clip_by_its_own_rate():
    clips = jnp.asarray(np.random.default_rng(4).standard_normal((3, 4000)).astype(np.float32))
    rates = jnp.asarray([8000, 16000, 12000])
    shown = jax.jit(lambda clips, rates: features_of_clips(clips, WIDE, rates))
    together = np.asarray(shown(clips, rates))
    for place in range(3):
        others = jnp.full(3, rates[place])
        np.testing.assert_allclose(together[:, place], shown(clips, others)[:, place], rtol=1e-6)
    np.testing.assert_allclose(together[:, 1], features_of_clips(clips, WIDE)[:, 1], rtol=1e-6)
    assert len(np.unique(together[2, 0, 129:])) == 1
    assert len(np.unique(together[2, 0, :129])) == 129
    slope = jax.jit(jax.grad(lambda clips: features_of_clips(clips, WIDE, rates).sum()))(clips)
    assert np.isfinite(slope).all()
