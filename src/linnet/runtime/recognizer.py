"""Sound in, words out: a model of the task `keywords` in a stream, an answer in every frame and no window run again.

An output says how likely its word was just said. Outputs are averaged over the newest frames, as sums of codes, so
every machine decides alike. A word is told once, when its mean passes the threshold. It may be told again after its
mean has fallen below half of that.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from linnet.audio.resample import Resampler
from linnet.runtime.library import Block, library
from linnet.runtime.model import Model, ModelError, ModelSource
from linnet.runtime.pretrained import DEFAULT_RECOGNIZER, pretrained_bytes
from linnet.runtime.samples import (
    Raw,
    Sound,
    SoundDoor,
    check_format,
    clean_samples,
    codes_of,
    full_scale_of,
    is_raw,
)
from linnet.runtime.session import Codes, EngineSession, refuse_to_travel

HOPS_AT_ONCE = 64

LONGEST_POOL_SECONDS = 60.0
"""No word lasts so long; what is averaged is kept in memory."""


class Detection(NamedTuple):
    """A word that was heard: at its end, in seconds since the stream began, and the mean of its output, 0 to 1."""

    word: str
    seconds: float
    likelihood: float


class Recognizer:
    """A model that hears keywords. It keeps nothing between calls; every call and stream has a session of its own."""

    def __init__(
        self,
        model: ModelSource | Model,
        *,
        words: Sequence[str] | None = None,
        pool_seconds: float | None = None,
        threshold: float | None = None,
    ) -> None:
        """Load a model file, or its bytes.

        Args:
            model: of the task `keywords`.
            words: one for each output; left out, those of the recipe in the file.
            pool_seconds: over how long outputs are averaged; left out, that of the recipe.
            threshold: of that mean, from which on a word was said; left out, that of the recipe.

        Raises:
            ModelError: the model cannot be read, hears nothing, or has other outputs than the words.
            ValueError: the threshold is not between 0 and 1, or the pool is shorter than a frame or longer than
                LONGEST_POOL_SECONDS.
        """
        self.model = model if isinstance(model, Model) else Model(model)
        info = self.model.info
        if not info.is_listener:
            raise ModelError(
                f"{self.model.label} is not shown the features of sound by a front end, so it hears nothing; run it "
                "with linnet.Session."
            )
        recipe = {} if words is not None and pool_seconds and threshold else self.model.recipe()
        self.words = tuple(words if words is not None else recipe.get("words", ()))
        if len(self.words) != info.output_width:
            raise ModelError(
                f"{self.model.label} has {info.output_width} outputs, and {len(self.words)} words are known for them, "
                "so it is no recognizer of these; give a model of the task keywords, or words=."
            )
        self.threshold = float(threshold if threshold is not None else recipe.get("threshold", 0.5))
        seconds = float(pool_seconds if pool_seconds is not None else recipe.get("pool_seconds", 0.4))
        self.pool = round(seconds * info.sample_rate_hz / info.hop) if isfinite(seconds) else 0
        if not (0 < self.threshold < 1 and self.pool >= 1 and seconds <= LONGEST_POOL_SECONDS):
            raise ValueError(
                f"threshold={self.threshold} and pool_seconds={seconds} decide nothing; give a threshold between 0 and "
                f"1, and from a frame of {info.hop / info.sample_rate_hz} s to {LONGEST_POOL_SECONDS:g} s."
            )

    @classmethod
    def from_pretrained(cls, name: str = DEFAULT_RECOGNIZER, *, threshold: float | None = None) -> Recognizer:
        """Load one of the models inside the package, `pretrained_names("keywords")`; without a name, the default.

        Raises:
            ModelError: there is none of this name; the message lists those there are.
        """
        model = Model(pretrained_bytes(name))
        model.label = name
        return cls(model, threshold=threshold)

    @property
    def sample_rate_hz(self) -> int:
        """The model's own rate; sound of another one is resampled on its way in."""
        return int(self.model.info.sample_rate_hz)

    def pooled(self, sound: Sound) -> npt.NDArray[np.float32]:
        """The means of all outputs in every frame of a sound [samples] at the model's own rate: [frames, words].

        The sound begins from rest; before `pool` frames are heard, those missing count as 0.
        """
        return (self.sums(sound) / self.one).astype(np.float32)

    def sums(self, sound: Sound) -> npt.NDArray[np.int64]:
        """The same as exact sums of codes, of which `one` stands for a mean of 1: [frames, words]."""
        return PooledCodes(self.pool, len(self.words)).push(Ear(self.model).push(sound))

    @property
    def one(self) -> float:
        """The sum that stands for a mean of 1."""
        return float(self.pool << int(self.model.info.output_exponent))

    def __call__(
        self, audio: npt.ArrayLike | Raw, *, sample_rate_hz: int, full_scale: float | None = None
    ) -> list[Detection]:
        """The words in a recording of one channel, in order.

        Args:
            audio: [samples] or [samples, 1] of floats, int16, or bytes of int16 (little endian).
            sample_rate_hz: their rate.
            full_scale: of floats; left out, it is 1, or with a warning that of the integers that they plainly were.

        Raises:
            ValueError: `audio` is of another type or shape, or the rate is none from 8000 Hz.
        """
        samples = codes_of(audio) if is_raw(audio) else np.asarray(audio)
        if full_scale is None:
            full_scale = full_scale_of(samples)
        stream = self.stream(sample_rate_hz=sample_rate_hz, full_scale=full_scale)
        return stream.push(samples) + stream.flush()

    def stream(self, *, sample_rate_hz: int = 16000, full_scale: float = 1.0) -> Recognition:
        """Begin a stream of samples at this rate; floats lie in +-`full_scale` (32768 where they were int16).

        Raises:
            ValueError: the rate is no whole number from 8000, or the full scale is none.
        """
        return Recognition(self, sample_rate_hz, full_scale)

    def __repr__(self) -> str:
        """What it is made of."""
        return f"Recognizer({self.model!r}, {len(self.words)} words, threshold={self.threshold:g})"


class Ear:
    """The engine listening to one stream at the model's own rate: samples to output codes, hop by hop."""

    def __init__(self, model: Model) -> None:
        """Begin at rest."""
        self._session = EngineSession(model)
        self._hop = int(model.info.hop)
        self._in_block, self._in = Block.like((HOPS_AT_ONCE * self._hop,), np.float32)
        self._out_block, self._out = Block.like((HOPS_AT_ONCE, int(model.info.output_width)), np.int16)
        self._rest = np.zeros(0, np.float32)

    def push(self, samples: npt.ArrayLike) -> Codes:
        """The codes int16 [hops, outputs] of the hops that these samples complete."""
        waiting = np.concatenate((self._rest, clean_samples(samples)))
        hops = len(waiting) // self._hop
        self._rest = waiting[hops * self._hop :]
        codes = np.empty((hops, self._out.shape[1]), np.int16)
        for first in range(0, hops, HOPS_AT_ONCE):
            count = min(HOPS_AT_ONCE, hops - first)
            self._in[: count * self._hop] = waiting[first * self._hop : (first + count) * self._hop]
            EngineSession.check(
                library().linnet_session_listen(
                    self._session.handle,
                    self._in_block.pointer,
                    self._out_block.pointer,
                    ctypes.c_size_t(count),
                )
            )
            codes[first : first + count] = self._out[:count]
        return codes

    def features(self, samples: Sound) -> Sound:
        """What the network is shown of the hops that these samples complete: float32 [hops, inputs]."""
        block, shown = Block.like((int(self._session.model.info.input_width),), np.float32)
        found = []
        for first in range(0, len(samples), self._hop):
            if len(self.push(samples[first : first + self._hop])):
                EngineSession.check(
                    library().linnet_session_last_frame(self._session.handle, block.pointer, None)
                )
                found.append(shown.copy())
        return np.stack(found) if found else np.zeros((0, len(shown)), np.float32)


class PooledCodes:
    """Sums of codes over the newest `pool` frames, exact integers."""

    def __init__(self, pool: int, width: int) -> None:
        """Begin with frames of zeros."""
        self._kept = np.zeros((pool, width), np.int64)

    def push(self, codes: Codes) -> npt.NDArray[np.int64]:
        """The sum after each of the frames [frames, width], of that shape."""
        pool = len(self._kept)
        frames = np.concatenate((self._kept, codes.astype(np.int64)))
        self._kept = frames[len(frames) - pool :]
        totals = np.concatenate((np.zeros((1, frames.shape[1]), np.int64), np.cumsum(frames, axis=0)))
        return totals[pool + 1 :] - totals[1 : len(totals) - pool]


class Decisions:
    """When a word is told: its sum is the largest and passes `high`, and was below half of that since last told."""

    def __init__(self, words: int, high: int) -> None:
        """Begin with no word told."""
        self._high = high
        self._told = np.zeros(words, bool)

    def told(self, sums: npt.NDArray[np.int64]) -> int | None:
        """The word that is told in this frame, given the sums [words]; None where there is none."""
        self._told &= 2 * sums >= self._high
        likeliest = int(np.argmax(sums))
        if sums[likeliest] < self._high or self._told[likeliest]:
            return None
        self._told[likeliest] = True
        return likeliest


class Recognition:
    """One stream of sound on its way through a recognizer: `push` samples, get the words that ended in them.

    It belongs to one thread, and has one channel.
    """

    def __init__(self, recognizer: Recognizer, sample_rate_hz: int, full_scale: float = 1.0) -> None:
        """Begin at rest. Made by `Recognizer.stream`, which explains the rate and the scale."""
        check_format(sample_rate_hz, 1)
        self._door = SoundDoor(full_scale=full_scale)
        model, self._words = recognizer.model, recognizer.words
        self._rate_hz, self._pool = int(sample_rate_hz), recognizer.pool
        self._model, self._one = model, recognizer.one
        self._high = round(recognizer.threshold * self._one)
        self._begin()

    def _begin(self) -> None:
        self._resampler = Resampler(self._rate_hz, int(self._model.info.sample_rate_hz), channels=None)
        self._ear, self._sums = Ear(self._model), PooledCodes(self._pool, len(self._words))
        self._decisions = Decisions(len(self._words), self._high)
        self._frames = 0

    def __reduce__(self) -> NoReturn:
        """A stream cannot travel."""
        refuse_to_travel(self, "Recognizer.stream(...)")

    def __repr__(self) -> str:
        """Its rate and how many words it knows."""
        return f"Recognition(sample_rate_hz={self._rate_hz}, {len(self._words)} words)"

    def push(self, samples: npt.ArrayLike | Raw) -> list[Detection]:
        """Listen to the next samples [n] or [n, 1]: floats, int16, or bytes of int16 (little endian).

        Raises:
            ValueError: the samples are of another type, or have channels.
        """
        sound = self._door.enter(samples)
        if sound.ndim != 1 and sound.shape[1:] != (1,):
            raise ValueError(
                f"samples of shape {sound.shape} came, but a recognizer hears one channel; give [n], the mean of the "
                "channels (samples.mean(axis=1))."
            )
        return self._decide(self._resampler.push(sound.reshape(-1)))

    def flush(self) -> list[Detection]:
        """Listen to what the resampler still holds; then begin anew."""
        found = self._decide(self._resampler.flush())
        self._begin()
        return found

    def _decide(self, samples: Sound) -> list[Detection]:
        info, found = self._model.info, []
        for sums in self._sums.push(self._ear.push(samples)):
            self._frames += 1
            word = self._decisions.told(sums)
            if word is not None:
                seconds = self._frames * int(info.hop) / int(info.sample_rate_hz)
                found.append(Detection(self._words[word], seconds, float(sums[word]) / self._one))
        return found
