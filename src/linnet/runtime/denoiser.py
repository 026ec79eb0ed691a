"""Noisy sound in, clean sound out: whole recordings here, streams through `Denoiser.stream`."""

from __future__ import annotations

from math import log10
from typing import Any

import numpy as np
import numpy.typing as npt

from linnet.runtime.batch import Batch
from linnet.runtime.model import Model, ModelSource
from linnet.runtime.pretrained import DEFAULT_NAME, pretrained_bytes
from linnet.runtime.samples import (
    Raw,
    clean_samples,
    codes_of,
    full_scale_of,
    is_int16,
    is_raw,
    refuse_transposed,
)
from linnet.runtime.speech import SpeechMeter
from linnet.runtime.stream import Form, Stream, Wishes, min_gain_of

SAMPLES_AT_ONCE = 1 << 17
"""Samples of a whole recording that go through the stream at once: a few seconds, to bound the memory between."""


class Denoiser:
    """A denoising model, ready to use.

    It keeps nothing between calls, so threads may share it: every call and every stream has a session of its own.
    """

    def __init__(
        self,
        model: ModelSource | Model,
        *,
        max_attenuation_db: float | None = None,
        upper_band: bool = True,
    ) -> None:
        """Load a model file, or its bytes.

        With `max_attenuation_db` no frequency is turned down by more than that many decibels, which leaves a
        natural bed of noise; None leaves all to the model. Sound above half the model's rate (8 kHz) is turned down
        with what lies just below; without `upper_band` it is silent.

        Raises:
            ModelError: the model cannot be read, is not a whole one, or is no denoiser.
            ValueError: `max_attenuation_db` is negative or not a number.
        """
        min_gain = min_gain_of(max_attenuation_db)
        self.model = model if isinstance(model, Model) else Model(model)
        self.model.require_denoiser()
        self._wishes = Wishes(min_gain, upper_band)

    @classmethod
    def from_pretrained(
        cls,
        name: str = DEFAULT_NAME,
        *,
        max_attenuation_db: float | None = None,
        upper_band: bool = True,
    ) -> Denoiser:
        """Load one of the models inside the package, `pretrained_names()`; without a name, the default.

        Raises:
            ModelError: there is none of this name; the message lists those there are.
        """
        model = Model(pretrained_bytes(name))
        model.label = name
        return cls(model, max_attenuation_db=max_attenuation_db, upper_band=upper_band)

    @property
    def sample_rate_hz(self) -> int:
        """The model's own rate. Sound of the `native_rates_hz()` needs no resampling either."""
        return int(self.model.info.sample_rate_hz)

    @property
    def algorithmic_latency_ms(self) -> float:
        """From a sound to its clean self, computing time left out: the part of a window that comes out.

        Resampling adds its filters."""
        return 1000.0 * (int(self.model.info.delay_samples) + int(self.model.info.hop)) / self.sample_rate_hz

    def __call__(
        self,
        audio: npt.ArrayLike | Raw,
        *,
        sample_rate_hz: int,
        channel_axis: int | None = None,
        full_scale: float | None = None,
    ) -> Any:
        """Clean a whole recording, [n] or [n, channels], aligned in time, to the same shape.

        Floats give float32, int16 gives int16, bytes of one channel of int16 (little endian) give bytes. Each channel
        is cleaned on its own. NaN and infinite samples count as silence.

        Args:
            audio: the samples.
            sample_rate_hz: their rate.
            channel_axis: 0 where the channels come first; left out, they come last, and a shape that says otherwise
                is refused.
            full_scale: of floats; left out, it is 1, or with a warning that of the integers that they plainly were.

        Raises:
            ValueError: `audio` is of another type or shape, or the rate is none from 8000 Hz.
        """
        if is_raw(audio):
            return self(codes_of(audio), sample_rate_hz=sample_rate_hz).astype("<i2").tobytes()
        samples = _times_first(np.asarray(audio), channel_axis)
        if full_scale is None:
            full_scale = full_scale_of(samples)
        channels = samples.shape[1] if samples.ndim == 2 else 1
        stream = self.stream(sample_rate_hz=sample_rate_hz, channels=channels, full_scale=full_scale)
        result = np.empty(samples.shape, np.int16 if is_int16(samples) else np.float32)
        place = -stream.delay_samples
        for first in range(0, len(samples), SAMPLES_AT_ONCE):
            place = _put(result, place, stream.push(samples[first : first + SAMPLES_AT_ONCE]))
        _put(result, place, stream.flush().reshape(-1, *samples.shape[1:]))
        return result if channel_axis != 0 else result.T

    def speech(
        self, audio: npt.ArrayLike | Raw, *, sample_rate_hz: int, full_scale: float | None = None
    ) -> npt.NDArray[np.float32]:
        """How surely somebody speaks, 0 to 1, in every whole 16 ms of a recording: [frames], or [frames, channels].

        Takes sound of the kinds that a call takes. While sound comes, `SpeechMeter` tells the same.

        Raises:
            ValueError: as a call does.
        """
        samples = _times_first(codes_of(audio) if is_raw(audio) else np.asarray(audio), None)
        if is_int16(samples):
            samples, full_scale = clean_samples(samples), 1.0
        elif full_scale is None:
            full_scale = full_scale_of(samples)
        clean = self(samples, sample_rate_hz=sample_rate_hz, full_scale=full_scale)
        meter = SpeechMeter(sample_rate_hz, channels=samples.shape[1] if samples.ndim == 2 else 1)
        scale = np.float32(full_scale or 1)
        return meter.push(samples / scale, clean / scale)

    def stream(self, *, sample_rate_hz: int = 16000, channels: int = 1, full_scale: float = 1.0) -> Stream:
        """Begin a stream of samples at this rate, each of the channels cleaned on its own.

        Floats lie in [-1, 1], or in +-`full_scale` (32768 where they were int16).

        Raises:
            ValueError: the rate is no whole number from 8000, there is no channel, or the full scale is none.
        """
        form = Form(sample_rate_hz, channels, full_scale)
        return Stream(self.model, wishes=self._wishes, form=form)

    def batch(self, *, sample_rate_hz: int = 16000) -> Batch:
        """Begin a batch of streams at one of the `native_rates_hz()`, which are denoised together in one thread.

        Raises:
            ValueError: the rate is none of them.
        """
        return Batch(self.model, sample_rate_hz=sample_rate_hz, wishes=self._wishes)

    def __repr__(self) -> str:
        """What it is made of."""
        min_gain, upper_band = self._wishes
        limit = "" if min_gain == 0 else f", max_attenuation_db={abs(20 * log10(min_gain)):g}"
        return f"Denoiser({self.model!r}{limit}{'' if upper_band else ', upper_band=False'})"


def _times_first(samples: npt.NDArray[Any], channel_axis: int | None) -> npt.NDArray[Any]:
    """The samples as [n] or [n, channels]."""
    if samples.dtype.kind in "OSU":
        raise ValueError(
            f"audio of type {samples.dtype} came, which holds no numbers; give samples, as soundfile.read reads them "
            "from a file."
        )
    if samples.ndim not in (1, 2) or (samples.ndim == 2 and 0 in samples.shape[1:]):
        raise ValueError(
            f"audio of shape {samples.shape} came, which is neither [n] nor [n, channels]; reshape or transpose it."
        )
    if channel_axis is None:
        refuse_transposed(samples.shape)
    elif samples.ndim != 2 or channel_axis not in (0, 1, -1):
        raise ValueError(
            f"channel_axis={channel_axis!r} came for audio of shape {samples.shape}; give 0 or 1, and two dimensions."
        )
    return samples.T if channel_axis == 0 else samples


def _put(result: npt.NDArray[Any], place: int, part: npt.NDArray[Any]) -> int:
    """Write `part` to `result` from `place` on, which may lie before its beginning; return where it ends."""
    inside = part[max(0, -place) :]
    first = max(0, place)
    result[first : first + len(inside)] = inside
    return place + len(part)
