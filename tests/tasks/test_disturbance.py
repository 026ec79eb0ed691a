"""The simplified model of hearing against its formula in NumPy float64, and what ears would say."""

from collections.abc import Iterable

import numpy as np
import pytest

pytest.importorskip("jax")

import jax
import jax.numpy as jnp

from linnet.audio.stft import FrontEnd
from linnet.tasks.denoise.disturbance import disturbance, hearing_of
from linnet.tasks.spectra import Spectra

FRONT_END = FrontEnd(window=512, hop=256)
RNG = np.random.default_rng(0)


def spectra(size=1.0, clips=2):
    """Random spectra [30, clips, 257] that fall with frequency."""
    shape = (30, clips, FRONT_END.bins)
    slope = size / (1 + np.arange(FRONT_END.bins) / 10)
    return of((RNG.standard_normal(shape) * slope).astype(np.float32) for _ in range(2))


def of(parts: Iterable[np.ndarray]) -> Spectra:
    re, im = (jnp.asarray(part, jnp.float32) for part in parts)
    return Spectra(re, im)


def in_parts(spectra: Spectra) -> tuple[np.ndarray, np.ndarray]:
    """Both parts for NumPy, which compiles nothing."""
    return np.asarray(spectra.re), np.asarray(spectra.im)


@jax.jit
def disturbed(reference: Spectra, estimate: Spectra) -> jax.Array:
    return disturbance(reference, estimate, FRONT_END)


def noise_like(reference: Spectra, share: float) -> list[np.ndarray]:
    return [
        (share * RNG.standard_normal(part.shape) * np.abs(part).mean()).astype(np.float32)
        for part in in_parts(reference)
    ]


def in_numpy(reference, estimate):
    """Loudness of ITU-T P.862 band by band, written from its formulas, clip by clip and frame by frame."""
    hearing = hearing_of(FRONT_END)
    shares, threshold = hearing.shares.astype(np.float64), hearing.threshold.astype(np.float64)
    lost = []
    for clip in range(reference.re.shape[1]):
        x, y = (
            sum(part[:, clip].astype(np.float64) ** 2 for part in in_parts(each)) @ shares
            for each in (reference, estimate)
        )
        loud = x.sum(1) > 1e-3 * x.sum(1).max()
        scale = 10**7.9 / x[loud].sum(1).mean()
        symmetric, asymmetric = [], []
        for frame in range(len(x)):
            b, c = x[frame] * scale, y[frame] * scale
            s, t = (
                np.maximum(0.22 * threshold**0.23 * ((0.5 + 0.5 * each / threshold) ** 0.23 - 1), 0)
                for each in (b, c)
            )
            d = np.maximum(np.abs(s - t) - 0.25 * np.minimum(s, t), 0)
            a = ((c + 50) / (b + 50)) ** 1.2
            a = np.where(a < 3, 0, np.minimum(a, 12))
            barks = 0.5 * len(d)
            symmetric.append(barks * np.sqrt(np.mean(d**2)))
            asymmetric.append(barks * np.mean(d * a))
        lost.append(
            sum(
                w * (np.sqrt(np.mean(np.square(each)) + 1e-6) - 1e-3)
                for w, each in ((0.1, symmetric), (0.0309, asymmetric))
            )
        )
    return np.array(lost)


def test_it_is_the_formula():
    reference = spectra()
    pairs = zip(in_parts(reference), noise_like(reference, 0.3), strict=True)
    estimate = of(a * np.float32(0.8) + b for a, b in pairs)
    expected = in_numpy(reference, estimate)
    assert (expected > 0.1).all()
    # float32 sums and logarithms: relative 1e-5; but a ratio at 3 may fall on either side, one of 1290 bands and frames
    np.testing.assert_allclose(disturbed(reference, estimate), expected, rtol=2e-3)


def test_nothing_disturbs_where_nothing_differs_audibly():
    reference = of(np.where(np.arange(FRONT_END.bins) < 6, 0, part) for part in in_parts(spectra()))
    # 2 dB: an eighth of what is well above the threshold
    quieter = of(np.float32(0.8) * part for part in in_parts(reference))
    assert np.asarray(disturbed(reference, reference)) == pytest.approx(0, abs=1e-6)
    assert np.asarray(disturbed(reference, quieter)) == pytest.approx(0, abs=1e-6)


def test_level_does_not_count():
    reference = spectra()
    estimate = of(part * np.float32(0.3) for part in in_parts(reference))
    louder = [of(part * np.float32(10) for part in in_parts(each)) for each in (reference, estimate)]
    once = disturbed(reference, estimate)
    assert (np.asarray(once) > 0.1).all()
    np.testing.assert_allclose(disturbed(louder[0], louder[1]), once, rtol=1e-3)


def test_noise_in_a_pause_disturbs_more_than_speech_lost():
    speech = spectra()
    pause = np.arange(30)[:, None, None] < 15
    interrupted = of(np.where(pause, 0, part) for part in in_parts(speech))
    filled, lost = disturbed(interrupted, speech), disturbed(speech, interrupted)
    assert (np.asarray(filled) > 2 * np.asarray(lost)).all()


def test_what_nobody_hears_does_not_count():
    reference = spectra()
    murmur = noise_like(reference, 1e-5)  # -100 dB under speech at 79 dB SPL
    estimate = of(a + b for a, b in zip(in_parts(reference), murmur, strict=True))
    assert np.asarray(disturbed(reference, estimate)) == pytest.approx(0, abs=1e-6)


def test_silence_is_finite_and_so_is_its_derivative():
    silence, some = (of(np.full((5, 1, FRONT_END.bins), re) for re in each) for each in ((0, 0), (1, 0)))
    value_and_slope = jax.jit(jax.value_and_grad(lambda e, r: jnp.sum(disturbed(r, e))))
    for reference, estimate in ((silence, silence), (silence, some), (some, silence), (some, some)):
        value, slope = value_and_slope(estimate, reference)
        assert np.isfinite(value)
        assert all(np.isfinite(each).all() for each in slope)
    assert float(disturbed(silence, some)[0]) == 0


@pytest.mark.parametrize(("rate", "window"), [(16000, 512), (8000, 256), (16000, 256), (32000, 1024)])
def test_bands_of_hearing_take_every_bin_once(rate, window):
    hearing = hearing_of(FrontEnd(sample_rate_hz=rate, window=window, hop=window // 2))
    np.testing.assert_allclose(hearing.shares.sum(axis=1), 1, rtol=1e-6)
    assert (hearing.shares.sum(axis=0) > 0).all()
    assert hearing.shares.shape == (window // 2 + 1, hearing.threshold.size)


def test_ears_are_best_near_3_khz():
    hearing = hearing_of(FRONT_END)
    best = int(np.argmin(hearing.threshold))
    heard = hearing.shares[:, best] @ np.arange(FRONT_END.bins) / hearing.shares[:, best].sum() * 31.25
    assert 2800 < heard < 3900
