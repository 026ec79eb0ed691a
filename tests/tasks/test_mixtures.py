"""Batches are a pure function of (seed, index), and hold what the settings promise."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.audio.mixing import active_level
from linnet.audio.recordings import LoadedRecording
from linnet.audio.sources import Sources
from linnet.audio.synthetic import pink, speech_like
from linnet.tasks.denoise.mixtures import (
    Batch,
    Clip,
    MixtureDataset,
    MixtureSettings,
    drawn,
)
from linnet.train.ahead import prefetch

RATE = 16000


def recording(name: str, signal: np.ndarray) -> LoadedRecording:
    return LoadedRecording(name, name, np.rint(signal * 32767).astype(np.int16))


def small_sources(noise: bool = True) -> Sources:
    rng = np.random.default_rng(1)
    speech = tuple(recording(f"voice{i}", speech_like(rng, 20000 + 9000 * i, RATE)) for i in range(3))
    noises = tuple(recording(f"noise{i}", pink(rng, 5000 + 20000 * i, RATE)) for i in range(3))
    rooms = (recording("room", np.exp(-np.arange(2000) / 300) * rng.standard_normal(2000) * 0.2),)
    return Sources(speech, noises if noise else (), rooms, RATE)


def evaluation_set(sources: Sources, settings: MixtureSettings, seed: int, clips: int) -> list[Clip]:
    dataset = MixtureDataset(sources, settings, seed)
    return [dataset.clip(index) for index in range(clips)]


SOURCES = small_sources()
SHORT = MixtureSettings(clip_seconds=0.5, batch=3)


def arrays_of(batch: Batch) -> list[np.ndarray]:
    return [array for array in batch if array is not None]


def test_a_batch_depends_on_seed_and_index_alone():
    one, other = MixtureDataset(SOURCES, SHORT, seed=5), MixtureDataset(SOURCES, SHORT, seed=5)
    one.batch(0), one.batch(1)
    for left, right in zip(arrays_of(one.batch(7)), arrays_of(other.batch(7)), strict=True):
        assert np.array_equal(left, right)
    assert not np.array_equal(one.batch(7).noisy, one.batch(8).noisy)
    assert not np.array_equal(one.batch(7).noisy, MixtureDataset(SOURCES, SHORT, seed=6).batch(7).noisy)


def test_batches_are_float32_of_the_asked_shape():
    batch = MixtureDataset(SOURCES, SHORT).batch(0)
    assert batch.noisy.shape == batch.clean.shape == (3, 8000)
    assert batch.noisy.dtype == batch.clean.dtype == np.float32


@settings(max_examples=25, deadline=None)
@given(index=st.integers(0, 2**31), seconds=st.floats(0.01, 1.5))
def test_every_clip_is_finite_unclipped_and_adds_up(index, seconds):
    clip = MixtureDataset(SOURCES, MixtureSettings(clip_seconds=seconds), seed=3).clip(index)
    assert np.isfinite(clip.noisy).all()
    assert np.abs(clip.noisy).max() <= 0.9901
    np.testing.assert_allclose(clip.noisy, clip.clean + clip.noise, atol=1e-6)


def test_the_clip_has_the_snr_it_states():
    plain = MixtureSettings(clip_seconds=1.0, clean_probability=0.0, snr_db=(-3.0, 12.0))
    for clip in evaluation_set(SOURCES, plain, seed=0, clips=12):
        measured = 20 * np.log10(active_level(clip.clean) / active_level(clip.noise))
        assert measured == pytest.approx(clip.snr_db, abs=0.01)


def test_a_clean_clip_has_no_noise_and_says_so():
    clip = MixtureDataset(SOURCES, MixtureSettings(clip_seconds=0.5, clean_probability=1.0)).clip(0)
    assert np.array_equal(clip.noisy, clip.clean)
    assert clip.snr_db == np.inf


def test_without_noise_recordings_all_noise_is_generated():
    clips = evaluation_set(small_sources(noise=False), MixtureSettings(0.3, clean_probability=0.0), 0, 5)
    assert all(np.abs(clip.noise).max() > 0 for clip in clips)


def test_prefetched_batches_come_in_order_and_are_the_same():
    dataset = MixtureDataset(SOURCES, SHORT, seed=2)
    ahead = prefetch(dataset, 4, workers=2, ahead=3)
    for index, batch in zip(range(4, 9), itertools.islice(ahead, 5), strict=True):
        assert np.array_equal(batch.noisy, dataset.batch(index).noisy)
    ahead.close()


def test_an_error_while_mixing_ahead_reaches_the_reader():
    class Broken:
        def batch(self, index):
            raise RuntimeError(f"batch {index}")

    with pytest.raises(RuntimeError, match="batch 3"):
        next(prefetch(Broken(), 3))


@pytest.mark.parametrize(
    "wrong",
    [
        {"clip_seconds": 0},
        {"batch": 0},
        {"snr_db": (5.0, 1.0)},
        {"room_probability": 1.2},
        {"noise_speed": (0.1, 1.0)},
    ],
)
def test_settings_out_of_range_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MixtureSettings(**wrong)


def test_no_batch_is_ever_filled_again():
    """Batches lie on devices in the very memory that they were mixed in, where that is aligned."""
    dataset = MixtureDataset(
        small_sources(), MixtureSettings(batch=3, clip_seconds=0.5, low_rate_probability=0.5), 1
    )
    batches = [dataset.batch(index) for index in range(4)]
    arrays = [array for batch in batches for array in arrays_of(batch)]
    assert not any(np.shares_memory(a, b) for a, b in itertools.combinations(arrays, 2))
    before = [array.copy() for array in arrays_of(batches[0])]
    for ahead, _ in zip(prefetch(dataset, 0, workers=2, ahead=3), range(4), strict=False):
        assert not any(np.shares_memory(a, b) for a in arrays_of(ahead) for b in arrays)
    assert all(np.array_equal(a, b) for a, b in zip(arrays_of(batches[0]), before, strict=True))


def mixed(**changed: Any) -> list[Clip]:
    plain = MixtureSettings(clip_seconds=0.5, clean_probability=0.0)
    return evaluation_set(SOURCES, replace(plain, **changed), seed=2, clips=6)


def test_clips_of_noise_alone_have_a_silent_target_and_sound():
    for clip in mixed(noise_only_probability=1.0):
        assert not clip.clean.any()
        assert np.array_equal(clip.noisy, clip.noise)
        assert active_level(clip.noisy) > 1e-4
        assert clip.snr_db == -np.inf


def test_clips_of_a_narrow_band_have_nothing_above_it_in_speech_or_noise():
    for narrow, wide in zip(mixed(narrow_probability=1.0), mixed(), strict=True):
        for signal in (narrow.clean, narrow.noise):
            power = np.abs(np.fft.rfft(signal)) ** 2
            above = power[int(0.99 * power.size) :].sum()
            assert above < 1e-9 * power.sum()
        assert not np.array_equal(narrow.noisy, wide.noisy)
        np.testing.assert_allclose(narrow.noisy, narrow.clean + narrow.noise, atol=1e-6)


def test_clips_of_low_rates_have_nothing_above_half_of_theirs_and_tell_it():
    dataset = MixtureDataset(
        SOURCES, MixtureSettings(clip_seconds=0.5, batch=8, low_rate_probability=1.0), seed=2
    )
    batch = dataset.batch(0)
    assert batch.rate_hz is not None
    assert {8000, 11025, 12000} >= set(batch.rate_hz)
    assert len(set(batch.rate_hz)) > 1
    for signals in (batch.noisy, batch.clean):
        for signal, rate_hz in zip(signals, batch.rate_hz, strict=True):
            power = np.abs(np.fft.rfft(signal)) ** 2
            above = power[round(power.size * rate_hz / 16000) :].sum()
            assert above < 1e-6 * power.sum()
    assert (
        MixtureDataset(SOURCES, MixtureSettings(clip_seconds=0.5, batch=8), seed=2).batch(0).rate_hz is None
    )


def test_what_never_happens_draws_nothing_so_that_old_recipes_mix_as_before():
    rng = np.random.default_rng(0)
    assert not drawn(rng, 0.0)
    assert rng.random() == np.random.default_rng(0).random()
    assert drawn(rng, 1.0)


def test_a_share_of_noises_is_wind():
    for clip in mixed(wind_probability=1.0, second_noise_probability=0.0, babble_probability=0.0):
        power = np.abs(np.fft.rfft(clip.noise)) ** 2
        assert power[: power.size // 8].sum() > 0.5 * power.sum()  # below 1 kHz
        assert clip.contents.endswith("+wind")


def test_clips_that_are_cut_have_flat_peaks_and_whole_speech():
    for cut, whole in zip(mixed(clipped_probability=1.0), mixed(), strict=True):
        assert np.array_equal(cut.clean, whole.clean)
        limit = np.abs(cut.noisy).max()
        assert 0.1 < limit / np.abs(whole.noisy).max() < 0.75
        assert np.array_equal(cut.noisy, np.clip(whole.noisy, -limit, limit))
        np.testing.assert_allclose(cut.noisy, cut.clean + cut.noise, atol=1e-6)
