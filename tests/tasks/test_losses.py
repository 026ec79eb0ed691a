"""Losses against their formulas in NumPy float64, and their limits."""

import numpy as np
import pytest

pytest.importorskip("jax")

import jax
import jax.numpy as jnp

from linnet.audio.metrics import si_snr
from linnet.audio.stft import FrontEnd, frame_count, stft
from linnet.tasks.denoise.disturbance import disturbance
from linnet.tasks.denoise.losses import QUIETEST_POWER, TINY, distances, loss_of, si_snr_db, snr_db
from linnet.tasks.denoise.settings import LossSettings
from linnet.tasks.spectra import Spectra, analyse

RNG = np.random.default_rng(0)
FRONT_END = FrontEnd(window=64, hop=32)
CLEAN = (0.1 * RNG.standard_normal((3, 800))).astype(np.float32)
ESTIMATE = (0.7 * CLEAN + 0.03 * RNG.standard_normal((3, 800)) + 0.01).astype(np.float32)
HEARD = (jnp.asarray(CLEAN), jnp.asarray(ESTIMATE))
# sums of 800 float32 squares, summed pairwise or in lanes: relative 1e-5 at most, times 10 / ln 10 = 4.3 dB
DECIBELS = 1e-4


loss = jax.jit(loss_of, static_argnums=(0, 1))


@jax.jit
def distances_between(clean, estimate):
    return distances(analyse(clean, FRONT_END), analyse(estimate, FRONT_END))


def limited(ratio: np.ndarray, limit_db: float) -> np.ndarray:
    return -10 * np.log10(1 / ratio + 10 ** (-limit_db / 10))


@pytest.mark.parametrize("limit_db", [10.0, 35.0, 100.0])
def test_snr_is_the_formula(limit_db):
    s, e = CLEAN.astype(np.float64), ESTIMATE.astype(np.float64)
    expected = limited(np.sum(s**2, -1) / np.sum((s - e) ** 2, -1), limit_db)
    np.testing.assert_allclose(snr_db(CLEAN, ESTIMATE, limit_db=limit_db), expected, rtol=0, atol=DECIBELS)


def test_si_snr_is_the_metric_while_the_limit_is_far():
    expected = [si_snr(s, e) for s, e in zip(CLEAN, ESTIMATE, strict=True)]
    np.testing.assert_allclose(si_snr_db(CLEAN, ESTIMATE, limit_db=100.0), expected, rtol=0, atol=DECIBELS)


def test_si_snr_counts_neither_scale_nor_offset():
    plain = si_snr_db(CLEAN, ESTIMATE, limit_db=35.0)
    np.testing.assert_allclose(
        si_snr_db(CLEAN, 3 * ESTIMATE + 0.2, limit_db=35.0), plain, rtol=0, atol=20 * DECIBELS
    )


def test_no_clip_scores_above_the_limit_and_silence_is_finite():
    np.testing.assert_allclose(snr_db(CLEAN, CLEAN, limit_db=30.0), 30.0, rtol=0, atol=DECIBELS)
    silence = np.zeros_like(CLEAN)
    for ratio in (snr_db, si_snr_db):
        assert np.isfinite(ratio(silence, ESTIMATE, limit_db=30.0)).all()
        assert np.isfinite(ratio(silence, silence, limit_db=30.0)).all()
    assert np.sum(0.001 * CLEAN.astype(np.float64) ** 2) > 100 * TINY


def test_a_silent_estimate_scores_below_every_noisy_one():
    silence = np.zeros_like(CLEAN)
    assert (np.asarray(si_snr_db(CLEAN, silence, limit_db=100.0)) < -50).all()
    total = jax.jit(jax.grad(lambda estimate: jnp.sum(si_snr_db(CLEAN, estimate, limit_db=30.0))))
    gradient = total(jnp.asarray(silence))
    assert np.isfinite(gradient).all()


def test_the_loss_is_minus_the_weighted_mean():
    settings = LossSettings(si_snr=0.5, snr=2.0, limit_db=30.0)
    expected = -2 * np.mean(np.asarray(snr_db(CLEAN, ESTIMATE, limit_db=30.0)))
    expected -= 0.5 * np.mean(np.asarray(si_snr_db(CLEAN, ESTIMATE, limit_db=30.0)))
    assert float(loss(settings, FRONT_END, *HEARD)) == pytest.approx(expected, abs=DECIBELS)


def unscaled(clips):
    """Spectra [frames, clips, bins] of a transform without a factor."""
    window, hop = FRONT_END.window, FRONT_END.hop
    shape = np.sqrt(0.5 * (1 - np.cos(2 * np.pi * np.arange(window) / window)))
    padded = np.pad(clips.astype(np.float64), [(0, 0), (FRONT_END.delay_samples, window)])
    starts = [t * hop for t in range(frame_count(clips.shape[1], FRONT_END))]
    frames = np.stack([np.fft.rfft(padded[:, start : start + window] * shape) for start in starts])
    return Spectra(jnp.asarray(frames.real, jnp.float32), jnp.asarray(frames.imag, jnp.float32))


def test_distances_are_those_of_magnitudes_to_the_power_three_tenths():
    clean, estimate = (stft(each.astype(np.float64), FRONT_END) for each in (CLEAN, ESTIMATE))
    sizes = [(np.abs(each) ** 2 + QUIETEST_POWER) ** 0.15 for each in (clean, estimate)]
    compressed = [each * (np.abs(each) ** 2 + QUIETEST_POWER) ** -0.35 for each in (clean, estimate)]
    far = distances_between(CLEAN, ESTIMATE)
    assert float(far.magnitude) == pytest.approx(np.mean((sizes[0] - sizes[1]) ** 2), rel=1e-4)
    assert float(far.complex) == pytest.approx(np.mean(np.abs(compressed[0] - compressed[1]) ** 2), rel=1e-4)


def test_what_is_missing_counts_where_the_estimate_is_too_small_alone():
    half, twice = (distances(unscaled(CLEAN), unscaled(factor * CLEAN)) for factor in (0.5, 2.0))
    assert float(half.missing) == pytest.approx(float(half.magnitude), rel=1e-4)
    assert float(twice.missing) == pytest.approx(0, abs=1e-9)
    assert float(twice.magnitude) > 0


def test_distances_join_the_loss_by_their_weights():
    both = LossSettings(snr=1.0, magnitude=70.0, complex=30.0, missing=5.0)
    far = jax.jit(distances)(unscaled(CLEAN), unscaled(ESTIMATE))
    expected = float(loss(LossSettings(), FRONT_END, *HEARD))
    expected += 70 * float(far.magnitude) + 30 * float(far.complex) + 5 * float(far.missing)
    assert float(loss(both, FRONT_END, *HEARD)) == pytest.approx(expected, rel=1e-4)


def test_silence_has_a_finite_distance_and_derivative():
    silence = Spectra(*(jnp.zeros((2, 1, 3)) for _ in range(2)))
    of = jax.jit(jax.value_and_grad(lambda e, other: sum(distances(other, e))))
    for other in (silence, Spectra(silence.re + 1, silence.im)):
        value, slope = of(silence, other)
        assert np.isfinite(value)
        assert all(np.isfinite(each).all() for each in slope)


@pytest.mark.long
def test_disturbance_joins_the_loss_by_its_weight():
    expected = float(loss(LossSettings(), FRONT_END, *HEARD))
    disturbed = jax.jit(lambda clean, estimate: disturbance(clean, estimate, FRONT_END))
    expected += 3 * float(np.mean(disturbed(unscaled(CLEAN), unscaled(ESTIMATE))))
    both = LossSettings(snr=1.0, disturbance=3.0)
    assert float(loss(both, FRONT_END, *HEARD)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("disturbance", -0.5), ("magnitude", -1.0), ("missing", float("nan"))),
        *(("complex", float("inf")), ("snr", -0.1)),
    ],
)
def test_a_weight_that_weighs_nothing_is_refused(key, value):
    with pytest.raises(ValueError, match=f"{key}=.*finite number"):
        LossSettings(**{key: value})


def test_a_loss_without_terms_is_refused():
    with pytest.raises(ValueError, match="nothing would be learned"):
        LossSettings(snr=0.0)
