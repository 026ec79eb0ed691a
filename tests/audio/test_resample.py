"""The resampler keeps time, length, level and bits, and lets nothing through that would alias."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from linnet.audio.resample import FiltersWhenNeeded, Resampler, _filters, filter_bank, half_length, resample

RATES = [8000, 11025, 16000, 22050, 32000, 44100, 48000]


def stop_band_db(up: int, down: int) -> float:
    """Largest response of the whole prototype filter above the lower Nyquist frequency, in dB."""
    bank = filter_bank(up, down).astype(np.float64)
    prototype = bank[:, ::-1].T.reshape(-1) / up  # rows interleaved: the filter at the rate up * input
    response = np.abs(np.fft.rfft(prototype, 2**20))
    frequencies = np.linspace(0, 0.5 * up, response.size)
    return float(20 * np.log10(response[frequencies > 0.5 * min(1.0, up / down)].max()))


@pytest.mark.parametrize(("up", "down"), [(160, 441), (441, 160), (1, 3), (3, 1), (1, 2), (2, 1), (320, 441)])
def test_the_stop_band_is_80_db_down(up, down):
    assert stop_band_db(up, down) < -80.0


@settings(max_examples=30, deadline=None)
@given(
    from_hz=st.sampled_from(RATES),
    to_hz=st.sampled_from(RATES),
    cuts=st.lists(st.integers(0, 700), max_size=12),
    seed=st.integers(0, 2**16),
)
def test_a_stream_gives_the_bits_of_the_whole_however_it_is_cut(from_hz, to_hz, cuts, seed):
    clip = np.random.default_rng(seed).standard_normal(1 + sum(cuts) + seed % 800).astype(np.float32)
    stream = Resampler(from_hz, to_hz)
    given_so_far = 0
    parts = []
    for part in np.split(clip, np.cumsum(cuts)):
        parts.append(stream.push(part))
        given_so_far += len(parts[-1])
    parts.append(stream.flush())
    whole = resample(clip, from_hz, to_hz)
    assert np.array_equal(np.concatenate(parts), whole)
    assert len(whole) == -(-clip.size * to_hz // from_hz)
    expected = max(0, -(-(clip.size - stream.lookahead_samples) * to_hz // from_hz))
    assert given_so_far == (clip.size if from_hz == to_hz else expected)


@pytest.mark.parametrize("to_hz", RATES)
@pytest.mark.parametrize("from_hz", RATES)
def test_a_sine_keeps_its_phase_and_level(from_hz, to_hz):
    frequency_hz = 0.4 * min(from_hz, to_hz)
    time = np.arange(from_hz // 4) / from_hz
    made = resample(np.sin(2 * np.pi * frequency_hz * time).astype(np.float32), from_hz, to_hz)
    wanted = np.sin(2 * np.pi * frequency_hz * np.arange(made.size) / to_hz)
    edge = half_length(from_hz, to_hz) * 2
    assert np.abs(made - wanted)[edge:-edge].max() < 10 ** (-75 / 20)


def test_it_agrees_with_scipy_on_what_both_let_through():
    rng = np.random.default_rng(0)
    smooth = np.convolve(rng.standard_normal(4000), np.hanning(40) / 20, "same").astype(np.float32)
    ours, theirs = resample(smooth, 48000, 16000), resample_poly(smooth, 1, 3, window=("kaiser", 9.0))
    assert np.abs(ours - theirs)[200:-200].max() < 2e-3


def test_channels_are_resampled_each_on_its_own():
    clip = np.random.default_rng(1).standard_normal((3000, 2)).astype(np.float32)
    both = resample(clip, 44100, 16000)
    for channel in range(2):
        assert np.array_equal(both[:, channel], resample(clip[:, channel], 44100, 16000))


def test_a_constant_stays_what_it_is():
    made = resample(np.full(4000, 0.5, np.float32), 44100, 16000)
    np.testing.assert_allclose(made[150:-150], 0.5, atol=1e-6)


def test_equal_rates_change_nothing_and_wait_for_nothing():
    clip = np.random.default_rng(2).standard_normal(100).astype(np.float32)
    assert np.array_equal(resample(clip, 16000, 16000), clip)
    assert Resampler(16000, 16000).lookahead_samples == 0


def test_after_a_flush_the_stream_begins_anew():
    clip = np.random.default_rng(3).standard_normal(900).astype(np.float32)
    stream = Resampler(48000, 16000)
    first = np.concatenate((stream.push(clip), stream.flush()))
    assert np.array_equal(first, np.concatenate((stream.push(clip), stream.flush())))


def test_an_empty_clip_gives_an_empty_clip():
    assert resample(np.zeros(0, np.float32), 44100, 16000).size == 0


@pytest.mark.parametrize("rate", [0, -8000, 16000.5])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="sample rate"):
        Resampler(rate, 16000)


def test_a_change_of_channels_is_refused():
    with pytest.raises(ValueError, match="do not fit a stream"):
        Resampler(48000, 16000).push(np.zeros((10, 2), np.float32))


@pytest.mark.parametrize(("up", "down"), [(1600, 4801), (5507, 2000), (16000, 48001)])
def test_filters_made_when_needed_are_those_of_the_bank(up, down):
    phases = np.random.default_rng(0).integers(0, up, 300)
    made = FiltersWhenNeeded(up, down)
    assert np.abs(made[phases] - filter_bank(up, down)[phases]).max() < 1e-6
    assert np.array_equal(made[phases], made[phases[::-1]][::-1])


def test_odd_rates_give_the_bits_of_the_whole_and_no_wait_before_the_first_sample():
    clip = np.random.default_rng(0).standard_normal(9000).astype(np.float32)
    for from_hz, to_hz in ((48001, 16000), (16000, 44056), (383999, 16000)):
        _filters.cache_clear()
        stream = Resampler(from_hz, to_hz)
        parts = [stream.push(part) for part in np.split(clip, [10, 5000, 7001])]
        _filters.cache_clear()
        assert np.array_equal(np.concatenate([*parts, stream.flush()]), resample(clip, from_hz, to_hz))
    stream = Resampler(48001, 16000)
    _filters.cache_clear()
    stream.push(clip[:1000])
    filters = _filters(16000, 48001)
    assert isinstance(filters, FiltersWhenNeeded)
    assert filters._made.sum() < 350  # of 16 000


@pytest.mark.parametrize(("from_hz", "to_hz"), [(4294967295, 16000), (16000, 2**31), (1, 16000), (16000, 2)])
def test_rates_that_no_sound_has_are_refused_before_memory_is_asked_for(from_hz, to_hz):
    with pytest.raises(ValueError, match="more memory and time than sound is worth"):
        Resampler(from_hz, to_hz)
