"""Losses against their formulas in NumPy float64, and their limits."""

import numpy as np
import pytest

pytest.importorskip("jax")

from linnet.audio.metrics import si_snr
from linnet.train.losses import TINY, si_snr_db, snr_db
from linnet.train.recipe import LossSettings
from linnet.train.step import loss_of

RNG = np.random.default_rng(0)
CLEAN = (0.1 * RNG.standard_normal((3, 800))).astype(np.float32)
ESTIMATE = (0.7 * CLEAN + 0.03 * RNG.standard_normal((3, 800)) + 0.01).astype(np.float32)
# sums of 800 float32 squares, summed pairwise or in lanes: relative 1e-5 at most, times 10 / ln 10 = 4.3 dB
DECIBELS = 1e-4


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


def test_the_loss_is_minus_the_weighted_mean():
    settings = LossSettings(si_snr=0.5, snr=2.0, limit_db=30.0)
    expected = -2 * np.mean(np.asarray(snr_db(CLEAN, ESTIMATE, limit_db=30.0)))
    expected -= 0.5 * np.mean(np.asarray(si_snr_db(CLEAN, ESTIMATE, limit_db=30.0)))
    assert float(loss_of(settings, CLEAN, ESTIMATE)) == pytest.approx(expected, abs=DECIBELS)
