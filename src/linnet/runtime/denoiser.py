"""Noisy sound in, clean sound out: whole recordings here, streams through `Denoiser.stream`."""

from __future__ import annotations

from math import isfinite

import numpy as np
import numpy.typing as npt

from linnet.runtime.model import Model, ModelSource
from linnet.runtime.pretrained import pretrained_bytes
from linnet.runtime.stream import Sound, Stream

SAMPLES_AT_ONCE = 1 << 17
"""Samples of a whole recording that go through the stream at once: a few seconds, to bound the memory between."""


class Denoiser:
    """A denoising model, ready to use.

    It keeps nothing between calls, so threads may share it: every call and every stream has a session of its own.
    """

    def __init__(self, model: ModelSource | Model, *, max_attenuation_db: float | None = None) -> None:
        """Load a model file, or its bytes.

        With `max_attenuation_db` no frequency is turned down by more than that many decibels, which leaves a
        natural bed of noise; None leaves all to the model.

        Raises:
            ModelError: the model cannot be read, is not a whole one, or is no denoiser.
            ValueError: `max_attenuation_db` is negative or not a number.
        """
        if max_attenuation_db is not None and not (isfinite(max_attenuation_db) and max_attenuation_db >= 0):
            raise ValueError(
                f"max_attenuation_db={max_attenuation_db} is no attenuation; give 0 (change nothing) or more "
                "decibels, or None for no limit."
            )
        self.model = model if isinstance(model, Model) else Model(model)
        self.model.require_denoiser()
        self._min_gain = 0.0 if max_attenuation_db is None else 10.0 ** (-max_attenuation_db / 20)

    @classmethod
    def from_pretrained(cls, name: str, *, max_attenuation_db: float | None = None) -> Denoiser:
        """Load one of the models inside the package, `pretrained_names()`.

        Raises:
            ModelError: there is none of this name; the message lists those there are.
        """
        model = Model(pretrained_bytes(name))
        model.label = name
        return cls(model, max_attenuation_db=max_attenuation_db)

    @property
    def sample_rate_hz(self) -> int:
        """The model's own rate; sound of another one is resampled on its way in and out."""
        return int(self.model.info.sample_rate_hz)

    @property
    def algorithmic_latency_ms(self) -> float:
        """From a sound to its clean self, computing time left out: the window. Resampling adds its filters."""
        return 1000.0 * int(self.model.info.window) / self.sample_rate_hz

    def __call__(self, audio: npt.ArrayLike, *, sample_rate_hz: int) -> Sound:
        """Clean a whole recording: float [n] or [n, channels] to float32 of the same shape, aligned in time.

        Each channel is cleaned on its own. NaN and infinite samples count as silence.

        Raises:
            ValueError: `audio` is not floating point of one or two dimensions, or the rate is below 8000 Hz.
        """
        samples = np.asarray(audio)
        if samples.ndim not in (1, 2) or (samples.ndim == 2 and samples.shape[1] < 1):
            raise ValueError(
                f"audio of shape {samples.shape} came, which is neither [n] nor [n, channels]; reshape or transpose it."
            )
        channels = samples.shape[1] if samples.ndim == 2 else 1
        stream = self.stream(sample_rate_hz=sample_rate_hz, channels=channels)
        result = np.empty(samples.shape, np.float32)
        place = -stream.delay_samples
        for first in range(0, len(samples), SAMPLES_AT_ONCE):
            place = _put(result, place, stream.push(samples[first : first + SAMPLES_AT_ONCE]))
        _put(result, place, stream.flush().reshape(-1, *samples.shape[1:]))
        return result

    def stream(self, *, sample_rate_hz: int = 16000, channels: int = 1) -> Stream:
        """Begin a stream of samples in [-1, 1] at this rate, each of the channels cleaned on its own.

        Raises:
            ValueError: the rate is below 8000 Hz or not whole, or there is no channel.
        """
        return Stream(self.model, sample_rate_hz=sample_rate_hz, channels=channels, min_gain=self._min_gain)


def _put(result: Sound, place: int, part: Sound) -> int:
    """Write `part` to `result` from `place` on, which may lie before its beginning; return where it ends."""
    inside = part[max(0, -place) :]
    first = max(0, place)
    result[first : first + len(inside)] = inside
    return place + len(part)
