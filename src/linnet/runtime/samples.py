"""What may come as sound, and how it is answered: floats, int16 arrays and raw bytes; scale, channels and rate.

Floats have their full scale at 1. A recording of floats on the scale of integers is recognized and cleaned on its own
scale; in a stream nobody knows what follows, so there the scale is named, and what goes beyond is cut and said.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import log10
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from linnet.audio.resample import HIGHEST_RATE_HZ, MOST_CHANNELS
from linnet.audio.scale import LOUDEST_SAMPLE, scale_of

Sound = npt.NDArray[np.float32]
Raw = bytes | bytearray | memoryview

SMALLEST_RATE_HZ = 8000

MOST_CHANNELS_TAKEN_FOR_SUCH = 32
"""A second axis that is longer than this, and than the first, is time."""


class LoudSoundWarning(UserWarning):
    """Samples far beyond full scale came."""


def clean_samples(samples: npt.ArrayLike, *, full_scale: float = 1.0) -> Sound:
    """float32 of the same shape: NaN and infinity become 0, the rest stays within +-LOUDEST_SAMPLE of full scale.

    Integers of 16 bits have a full scale of their own.

    Raises:
        ValueError: the samples are neither floats nor int16.
    """
    array = np.asarray(samples)
    if is_int16(array):
        return _of_codes(array)
    if array.dtype.kind != "f":
        raise ValueError(
            f"samples of type {array.dtype} came, whose full scale is not known; give floating point in [-1, 1], "
            "or int16, or bytes of int16."
        )
    array = array.astype(np.float32) if array.dtype.itemsize < 4 else array
    finite = np.where(np.isfinite(array), array, array.dtype.type(0))
    limit = LOUDEST_SAMPLE * full_scale
    return (np.clip(finite, -limit, limit) / full_scale).astype(np.float32)


class SoundDoor:
    """Samples of any kind on their way in, and those that are clean on their way out, of the same kind."""

    def __init__(self, *, full_scale: float = 1.0, channels: int = 1) -> None:
        """Full scale of floats, and the channels of raw bytes.

        Raises:
            ValueError: the full scale is no positive number.
        """
        if not (isinstance(full_scale, int | float | np.number) and 0 < full_scale < np.inf):
            raise ValueError(
                f"full_scale={full_scale!r} came; give a positive number, 32768 for the scale of int16."
            )
        self._full_scale, self._channels = full_scale, channels
        self._answer: Callable[[Sound], Any] = self._as_floats
        self._has_warned = False

    def enter(self, samples: npt.ArrayLike | Raw) -> Sound:
        """The samples as float32 with full scale 1; [n] or [n, channels].

        Raises:
            ValueError: their kind is not known, or bytes end within a sample.
        """
        if is_raw(samples):
            self._answer = _as_bytes
            return _of_codes(codes_of(samples, self._channels))
        array = np.asarray(samples)
        if is_int16(array):
            self._answer = _as_int16
            return _of_codes(array)
        self._answer = self._as_floats
        clean = clean_samples(array, full_scale=self._full_scale)
        if clean.size and not self._has_warned and float(np.abs(clean).max()) >= LOUDEST_SAMPLE:
            self._warn(array)
        return clean

    def leave(self, clean: Sound) -> Any:
        """Clean samples as those came that were taken last."""
        return self._answer(clean)

    def _as_floats(self, clean: Sound) -> Sound:
        return clean if self._full_scale == 1 else clean * np.float32(self._full_scale)

    def _warn(self, array: npt.NDArray[Any]) -> None:
        self._has_warned = True
        largest = float(np.abs(array[np.isfinite(array)]).max())
        over_db = 20 * log10(largest / self._full_scale)
        warnings.warn(
            f"a sample of {largest:.6g} came, {over_db:.0f} dB over the full scale of {self._full_scale:g}; what is "
            f"louder than {LOUDEST_SAMPLE * self._full_scale:g} is cut. If the sound is on the scale of int16, name "
            "full_scale=32768, or give int16.",
            LoudSoundWarning,
            stacklevel=4,
        )


def full_scale_of(samples: npt.NDArray[Any]) -> float:
    """The full scale of a whole recording; see `scale_of`. It warns where that of floats is not 1; others have 1."""
    if samples.dtype.kind != "f":
        return 1.0
    scale = scale_of(samples)
    if scale != 1:
        warnings.warn(
            f"most samples are far beyond 1, so the full scale is taken to be {scale:g}, as of integers; divide by it "
            "to be sure, or name full_scale.",
            LoudSoundWarning,
            stacklevel=3,
        )
    return scale


def check_format(sample_rate_hz: object, channels: object) -> None:
    """Refuse a rate or a count of channels that no stream has.

    Raises:
        ValueError: with the reason and what to give.
    """
    remedy = f"give a whole number of at least {SMALLEST_RATE_HZ}"
    if isinstance(sample_rate_hz, bool) or not isinstance(sample_rate_hz, int | float | np.number):
        raise ValueError(
            f"sample_rate_hz={sample_rate_hz!r} came, a {type(sample_rate_hz).__name__} and no number; {remedy}."
        )
    if not float(sample_rate_hz).is_integer():
        raise ValueError(
            f"sample_rate_hz={sample_rate_hz!r} came, no whole number of hertz; {remedy}, rounded."
        )
    if sample_rate_hz < SMALLEST_RATE_HZ:
        raise ValueError(
            f"sample_rate_hz={sample_rate_hz!r} came, but speech below {SMALLEST_RATE_HZ} Hz lacks what the model "
            f"hears; {remedy}."
        )
    if sample_rate_hz > HIGHEST_RATE_HZ:
        raise ValueError(
            f"sample_rate_hz={sample_rate_hz!r} came, which no recording of sound has; {remedy} and at most "
            f"{HIGHEST_RATE_HZ}."
        )
    if (
        isinstance(channels, bool)
        or not isinstance(channels, int | np.integer)
        or not 1 <= channels <= MOST_CHANNELS
    ):
        raise ValueError(
            f"channels={channels!r} came, but a stream carries at least one and at most {MOST_CHANNELS}; give a whole "
            "number of them."
        )


def refuse_transposed(shape: tuple[int, ...]) -> None:
    """Refuse [channels, n] where [n, channels] is expected, as far as the shape tells."""
    if len(shape) == 2 and shape[1] > max(shape[0], MOST_CHANNELS_TAKEN_FOR_SUCH):
        raise ValueError(
            f"audio of shape {shape} came, which would be {shape[1]} channels of {shape[0]} samples; give "
            "[n, channels] (audio.T), or name channel_axis=0 (or 1, if it is what you mean)."
        )


def check_channels(sound: Sound, channels: int, taker: str) -> None:
    """Refuse what is neither [n, channels] nor, of one channel, [n]; `taker` says who takes it.

    Raises:
        ValueError: the shape is another one.
    """
    if sound.shape[1:] != (channels,) and not (sound.ndim == 1 and channels == 1):
        raise ValueError(
            f"samples of shape {sound.shape} came, but {taker} has {channels} channel(s); give [n, {channels}]"
            f"{' or [n]' if channels == 1 else ''}."
        )


def is_int16(array: npt.NDArray[Any]) -> bool:
    """Whether it holds integers of 16 bits with a sign, of either byte order."""
    return array.dtype.kind == "i" and array.dtype.itemsize == 2


def is_raw(samples: object) -> TypeGuard[Raw]:
    """Whether it is bytes, and not a view of numbers of another type."""
    return isinstance(samples, bytes | bytearray) or (
        isinstance(samples, memoryview) and samples.format in "Bbc"
    )


def codes_of(raw: Raw, channels: int = 1) -> npt.NDArray[np.int16]:
    """The int16 in raw bytes, [n] or [n, channels]; ValueError where they end within a sample."""
    size = memoryview(raw).nbytes
    if size % (2 * channels):
        raise ValueError(
            f"{size} bytes came, which end within a sample of {channels} channel(s) of int16; give a multiple of "
            f"{2 * channels} bytes, and keep the rest for the next push."
        )
    codes = np.frombuffer(raw, "<i2").astype(np.int16)
    return codes if channels == 1 else codes.reshape(-1, channels)


def _of_codes(codes: npt.NDArray[np.int16]) -> Sound:
    return codes.astype(np.float32) * np.float32(2.0**-15)


def _as_int16(clean: Sound) -> npt.NDArray[np.int16]:
    return np.clip(np.rint(clean * np.float32(2.0**15)), -32768, 32767).astype(np.int16)


def _as_bytes(clean: Sound) -> bytes:
    return _as_int16(clean).astype("<i2").tobytes()
