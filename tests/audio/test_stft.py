"""The STFT rebuilds what it took apart, frame by frame as well as whole, in NumPy and in JAX."""

from dataclasses import replace
from math import log2, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.audio.bands import merged
from linnet.audio.stft import (
    FrontEnd,
    analysis_step,
    cleaned,
    compress,
    features,
    frame_count,
    istft,
    magnitude,
    mean_over_bins,
    stft,
    synthesis_step,
)

UNIT = 2.0**-24  # unit roundoff of float32

FRONT_ENDS = [
    FrontEnd(window=window, hop=window // overlaps, window_kind=kind)
    for kind in ("rectangular", "sqrt_hann")
    for window, overlaps in ((16, 2), (64, 8), (512, 4))
]
FRONT_ENDS += [
    FrontEnd(window=window, hop=window // overlaps, window_kind="asymmetric")
    for window, overlaps in ((16, 4), (64, 8), (512, 8))
]


def fft_error(window: int) -> float:
    """Largest error of one float32 FFT of samples in [-1, 1], unscaled: 4 roundings per stage on |x| <= sqrt(n)."""
    return 4 * log2(window) * UNIT * sqrt(window) * sqrt(window)


def round_trip_error(front_end: FrontEnd) -> float:
    """Largest error of a sample after both ways: two FFTs (scaled by 1 / n, gain at most 2), windows, overlap-add."""
    ways = 2 * fft_error(front_end.window) / sqrt(front_end.window)
    return ways + 4 * front_end.overlaps * UNIT


def clip_of(seed: int, samples: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, samples).astype(np.float32)


def spectra_step_by_step(clip: np.ndarray, front_end: FrontEnd) -> np.ndarray:
    frames = frame_count(clip.size, front_end)
    padded = np.pad(clip, (0, frames * front_end.hop - clip.size))
    history, spectra = np.zeros(front_end.window - front_end.hop, np.float32), []
    for hop in padded.reshape(frames, front_end.hop):
        history, spectrum = analysis_step(history, hop, front_end)
        spectra.append(spectrum)
    return np.stack(spectra)


@pytest.mark.parametrize("front_end", FRONT_ENDS, ids=str)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), samples=st.integers(1, 1500))
def test_the_inverse_rebuilds_every_sample(front_end, seed, samples):
    clip = clip_of(seed, samples)
    spectra = stft(clip, front_end)
    assert spectra.shape == (frame_count(samples, front_end), front_end.bins)
    assert spectra.dtype == np.complex64
    rebuilt = istft(spectra, samples, front_end)
    assert rebuilt.dtype == np.float32
    np.testing.assert_allclose(rebuilt, clip, rtol=0, atol=round_trip_error(front_end))


@pytest.mark.parametrize("front_end", FRONT_ENDS, ids=str)
def test_frame_by_frame_is_the_whole_clip(front_end):
    clip = clip_of(1, 1237)
    whole = stft(clip, front_end)
    spectra = spectra_step_by_step(clip, front_end)
    assert spectra.dtype == np.complex64
    np.testing.assert_allclose(
        spectra, whole, rtol=0, atol=2 * fft_error(front_end.window) / front_end.window
    )

    overlap, hops = np.zeros(front_end.delay_samples, np.float32), []
    for spectrum in whole:
        overlap, hop = synthesis_step(overlap, spectrum, front_end)
        hops.append(hop)
    streamed = np.concatenate(hops)[front_end.delay_samples :][: clip.size]
    assert streamed.dtype == np.float32
    # the same windows, added oldest first instead of newest first: one rounding per addition on either side
    largest = front_end.overlaps * np.abs(front_end.synthesis_window()).max()
    expected = istft(whole, clip.size, front_end)
    np.testing.assert_allclose(streamed, expected, rtol=0, atol=2 * front_end.overlaps * UNIT * largest)


@pytest.mark.parametrize("front_end", [FrontEnd(), FrontEnd(hop=64, window_kind="asymmetric")], ids=str)
def test_the_streamed_output_lags_by_the_stated_delay(front_end):
    impulse = np.zeros(1024, np.float32)
    impulse[300] = 1.0
    history = np.zeros(front_end.window - front_end.hop, np.float32)
    overlap = np.zeros(front_end.delay_samples, np.float32)
    hops = []
    for hop in impulse.reshape(-1, front_end.hop):
        history, spectrum = analysis_step(history, hop, front_end)
        overlap, out = synthesis_step(overlap, spectrum, front_end)
        hops.append(out)
    assert np.argmax(np.abs(np.concatenate(hops))) == 300 + front_end.delay_samples


def test_an_asymmetric_window_is_late_by_one_hop_and_looks_as_far_back_as_any():
    front_end = FrontEnd(hop=64, window_kind="asymmetric")
    assert front_end.delay_samples == 64
    assert np.count_nonzero(front_end.analysis_window()) == 511
    assert np.count_nonzero(front_end.synthesis_window()) == 127


def test_an_asymmetric_window_of_few_hops_is_refused():
    with pytest.raises(ValueError, match="hop=256"):
        FrontEnd(hop=256, window_kind="asymmetric")


def test_a_full_scale_sine_reads_one_half():
    front_end = FrontEnd(window_kind="rectangular")
    clip = np.cos(2 * np.pi * 8 * np.arange(2048) / 512).astype(np.float32)
    steady = magnitude(stft(clip, front_end))[6]
    assert steady[8] == pytest.approx(0.5, abs=fft_error(512) / 512)


def test_clips_with_leading_axes_are_done_one_by_one():
    front_end, clips = FrontEnd(window=64, hop=16), clip_of(2, 600).reshape(2, 3, 100)
    spectra = stft(clips, front_end)
    for i, j in np.ndindex(2, 3):
        assert np.array_equal(spectra[i, j], stft(clips[i, j], front_end))
    rebuilt = istft(spectra, 100, front_end)
    np.testing.assert_allclose(rebuilt, clips, rtol=0, atol=round_trip_error(front_end))


@pytest.mark.parametrize("bins", [9, 16, 257])
def test_the_mean_is_summed_in_the_order_of_the_engine(bins):
    values = np.abs(clip_of(3, bins))
    lanes = [np.float32(0)] * 8
    for i in range(bins // 8 * 8):
        lanes[i % 8] = values[i] if i < 8 else lanes[i % 8] + values[i]
    total = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
    for i in range(bins // 8 * 8, bins):
        total = total + values[i]
    mean = mean_over_bins(values)
    assert mean.dtype == np.float32
    assert mean == total * np.float32(1.0 / bins)


@pytest.mark.parametrize("roots", [0, 1, 2, 3])
def test_compression_is_a_power_made_of_square_roots(roots):
    values = np.abs(clip_of(4, 100))
    expected = values.astype(np.float64) ** (1 / 2**roots)
    np.testing.assert_allclose(compress(values, FrontEnd(compression_roots=roots)), expected, rtol=2 * UNIT)


def test_features_without_level_are_the_compressed_magnitudes():
    front_end, clip = FrontEnd(level_time_constant_ms=0.0), clip_of(5, 2000)
    spectra = stft(clip, front_end)
    assert np.array_equal(features(spectra, front_end), compress(magnitude(spectra), front_end))


@pytest.mark.long
def test_jax_and_numpy_agree():
    jnp = pytest.importorskip("jax.numpy")
    front_end, clips = (
        FrontEnd(window=64, hop=16, level_time_constant_ms=20.0),
        clip_of(8, 800).reshape(2, 400),
    )
    spectra, of_jax = stft(clips, front_end), stft(jnp.asarray(clips), front_end)
    tolerance = 2 * fft_error(64) / 64
    np.testing.assert_allclose(np.asarray(of_jax), spectra, rtol=0, atol=tolerance)
    rebuilt = istft(jnp.asarray(spectra), 400, front_end)
    np.testing.assert_allclose(rebuilt, clips, rtol=0, atol=round_trip_error(front_end))
    np.testing.assert_allclose(magnitude(jnp.asarray(spectra)), magnitude(spectra), rtol=4 * UNIT)
    np.testing.assert_allclose(mean_over_bins(jnp.abs(clips)), mean_over_bins(np.abs(clips)), rtol=100 * UNIT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": 500},
        {"window": 8},
        {"hop": 100},
        {"hop": 512},
        {"window_kind": "hamming"},
        {"compression_roots": 4},
        *(
            {name: value}
            for name in ("level_time_constant_ms", "level_initial", "level_floor", "offset_time_constant_ms")
            for value in (float("nan"), float("inf"), -1.0)
        ),
        {"level_floor": 0.0},
    ],
)
def test_settings_that_cannot_rebuild_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FrontEnd(**wrong)


def test_features_of_the_phase_are_sizes_times_the_advance_and_nothing_in_silence_and_at_the_start():
    front_end = FrontEnd(window=64, hop=16, level_time_constant_ms=20.0, phase_bins=5)
    clip = clip_of(9, 2 * 640).reshape(2, 640)
    clip[:, 320:] = 0
    spectra = stft(clip, front_end)
    found, sizes = features(spectra, front_end), features(spectra, replace(front_end, phase_bins=0))
    assert found.shape == (*spectra.shape[:2], front_end.feature_count)
    assert found.dtype == np.float32
    assert np.array_equal(found[..., : front_end.bins], sizes)
    by_hand = spectra[:, 1:, :5] * spectra[:, :-1, :5].conj()
    by_hand = by_hand * np.exp(-2j * np.pi * np.arange(5) * 16 / 64)
    unit = by_hand / (np.abs(by_hand) + 1e-9) * sizes[:, 1:, :5]
    np.testing.assert_allclose(found[:, 1:, front_end.bins : front_end.bins + 5], unit.real, atol=1e-4)
    np.testing.assert_allclose(found[:, 1:, front_end.bins + 5 :], unit.imag, atol=1e-4)
    assert not found[:, 0, front_end.bins :].any()
    assert not found[:, 30:].any()


def test_phases_of_more_bins_than_there_are_are_refused():
    with pytest.raises(ValueError, match="phase_bins=34 is not 0 to the 33 bins of window=64"):
        FrontEnd(window=64, hop=16, phase_bins=34)


def test_bands_that_are_none_are_refused():
    with pytest.raises(ValueError, match="band_ratio=1 makes no bands of 33 bins"):
        FrontEnd(window=64, hop=16, band_ratio=1)


def test_with_bands_the_sizes_are_merged_and_the_phases_stay_those_of_bins():
    front_end = FrontEnd(window=256, hop=64, phase_bins=9, band_ratio=8)
    spectra = stft(clip_of(10, 1500), front_end)
    found, of_bins = features(spectra, front_end), features(spectra, replace(front_end, band_ratio=0))
    bands = len(front_end.band_starts())
    assert found.shape[-1] == front_end.feature_count == bands + 18
    assert np.array_equal(found[:, bands:], of_bins[:, front_end.bins :])
    np.testing.assert_allclose(
        found[:, :bands], merged(of_bins[:, : front_end.bins], front_end.band_starts()), rtol=UNIT
    )


def test_a_model_of_bands_answers_for_every_bin():
    front_end = FrontEnd(window=256, hop=64, phase_bins=9, band_ratio=8)
    spectra = stft(clip_of(11, 600), front_end)
    gains = np.full((*spectra.shape[:-1], front_end.gain_count), 0.5, np.float32)
    np.testing.assert_allclose(cleaned(spectra, gains, front_end), 0.5 * spectra, atol=1e-7)
