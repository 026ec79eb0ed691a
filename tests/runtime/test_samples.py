"""Sound of every kind comes in, is answered in kind, and is never destroyed without a word."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
import pytest

from linnet.audio.scale import ScaleFinder
from linnet.runtime import Denoiser
from linnet.runtime.samples import LoudSoundWarning
from tests.runtime.test_denoiser import tone

RATES_HZ = [16000, 44100]


@pytest.mark.parametrize("shape", [(2, 20000), (1, 20000), (6, 480), (2, 33)])
def test_channels_that_come_first_are_refused_at_once(denoiser: Denoiser, shape: tuple[int, int]) -> None:
    began = time.monotonic()
    with pytest.raises(ValueError, match=r"give \[n, channels\] \(audio\.T\), or name channel_axis=0"):
        denoiser(np.zeros(shape, np.float32), sample_rate_hz=16000)
    assert time.monotonic() - began < 1


def test_channels_that_come_first_are_cleaned_where_that_is_said(denoiser: Denoiser) -> None:
    sound = np.stack([tone(16000, 4000), 0.5 * tone(16000, 4000)])
    clean = denoiser(sound, sample_rate_hz=16000, channel_axis=0)
    assert np.array_equal(clean, denoiser(sound.T, sample_rate_hz=16000).T)
    assert np.array_equal(clean.T, denoiser(sound.T, sample_rate_hz=16000, channel_axis=1))
    with pytest.raises(ValueError, match="channel_axis=0 came"):
        denoiser(sound[0], sample_rate_hz=16000, channel_axis=0)
    with pytest.raises(ValueError, match="at most 1024"):
        denoiser(sound, sample_rate_hz=16000, channel_axis=1)


def test_int16_of_either_byte_order_is_int16(denoiser: Denoiser) -> None:
    codes = np.rint(32767 * tone(16000, 3000)).astype(np.int16)
    clean = denoiser(codes, sample_rate_hz=16000)
    swapped = denoiser(codes.astype(">i2"), sample_rate_hz=16000)
    assert swapped.dtype == np.int16
    assert np.array_equal(swapped, clean)
    assert np.array_equal(
        denoiser.speech(codes.astype(">i2"), sample_rate_hz=16000),
        denoiser.speech(codes, sample_rate_hz=16000),
    )


@pytest.mark.parametrize("scale", [0, -1, float("nan"), "x", None])
def test_what_is_no_full_scale_is_refused(denoiser: Denoiser, scale: Any) -> None:
    with pytest.raises(ValueError, match=f"full_scale={scale!r} came"):
        denoiser.stream(full_scale=scale)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
def test_int16_and_bytes_are_answered_in_kind(denoiser: Denoiser, rate_hz: int, channels: int) -> None:
    codes = np.rint(32767 * tone(rate_hz, 5000 * channels)).astype(np.int16)
    codes = codes.reshape(-1, channels) if channels > 1 else codes
    floats = denoiser(codes / np.float32(32768), sample_rate_hz=rate_hz)
    clean = denoiser(codes, sample_rate_hz=rate_hz)
    assert clean.dtype == np.int16
    assert np.array_equal(clean, np.clip(np.rint(floats * 32768), -32768, 32767))
    stream = denoiser.stream(sample_rate_hz=rate_hz, channels=channels)
    raw = codes.astype("<i2").tobytes()
    cut = 2 * channels * 777
    parts = [stream.push(raw[:cut]), stream.push(memoryview(raw)[cut:]), stream.flush()]
    assert all(isinstance(part, bytes) for part in parts)
    whole = np.frombuffer(b"".join(parts), "<i2").reshape(-1, channels)
    assert np.array_equal(whole[stream.delay_samples :].reshape(codes.shape), clean)
    with pytest.raises(ValueError, match="end within a sample"):
        stream.push(raw[:3])
    if channels == 1:
        assert denoiser(raw, sample_rate_hz=rate_hz) == clean.tobytes()
        floats_as_memory = memoryview(np.zeros(100, np.float32))  # type: ignore[arg-type]
        assert denoiser(floats_as_memory, sample_rate_hz=rate_hz).dtype == np.float32


@pytest.mark.parametrize("scale", [2.0**15, 2.0**23, 2.0**31])
def test_floats_on_the_scale_of_integers_are_cleaned_there_and_it_is_said(
    denoiser: Denoiser, scale: float
) -> None:
    sound = tone(16000, 8000)
    clean = denoiser(sound, sample_rate_hz=16000)
    with pytest.warns(LoudSoundWarning, match="full scale is taken to be") as said:
        assert np.array_equal(
            denoiser(sound * np.float32(scale), sample_rate_hz=16000), clean * np.float32(scale)
        )
    assert len(said) == 1
    named = denoiser(sound * np.float32(scale), sample_rate_hz=16000, full_scale=scale)
    assert np.array_equal(named, clean * np.float32(scale))


def test_a_stream_that_is_too_loud_says_so_once_and_one_whose_scale_is_named_is_not(
    denoiser: Denoiser,
) -> None:
    loud = 32768 * tone(16000, 4096)
    stream = denoiser.stream()
    with pytest.warns(LoudSoundWarning, match=r"86 dB over the full scale of 1.*full_scale=32768") as said:
        stream.push(np.concatenate((loud, loud)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stream.push(loud)
    assert len(said) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        denoiser.stream(full_scale=32768).push(loud)
        denoiser(np.clip(6 * tone(16000, 4096), -3.9, 3.9), sample_rate_hz=16000)
    with pytest.raises(ValueError, match="full_scale=0"):
        denoiser.stream(full_scale=0)


def test_arrays_of_every_float_and_layout_give_the_same_bits(denoiser: Denoiser) -> None:
    sound = np.stack([tone(16000, 4000), tone(16000, 4000)[::-1]], axis=1).astype(np.float32)
    wanted = denoiser(sound, sample_rate_hz=16000)
    wide = np.zeros((8000, 6))
    wide[::2, 1:5:3] = sound
    for other in (sound.astype(np.float64), np.asfortranarray(sound), wide[::2, 1:5:3], sound.tolist()):
        assert np.array_equal(denoiser(other, sample_rate_hz=16000), wanted)
    codes = (sound[::-1] * 2**15).astype(np.int16)
    backwards = denoiser(codes[::-1], sample_rate_hz=16000)
    assert backwards.dtype == np.int16
    assert np.array_equal(backwards, denoiser(codes[::-1].copy(), sample_rate_hz=16000))


def test_a_few_wild_samples_decide_nothing_of_the_scale() -> None:
    finder = ScaleFinder()
    sound = tone(16000, 20000).astype(np.float64)
    sound[:150] = 1e30
    sound[150] = np.nan
    finder.push(sound)
    assert finder.full_scale() == 1
    finder = ScaleFinder()
    whole = 32767 * tone(16000, 20000)
    whole[:2] = 1e30
    for part in np.split(whole, 5):
        finder.push(part)
    assert finder.full_scale() == 32768
