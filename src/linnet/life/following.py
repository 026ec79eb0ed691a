"""Recordings followed through a model: what was heard, what came out clean, and what every frame cost.

The engine listens and cleans; the features it heard go through the exact interpreter, which counts. Each channel
is a stream of its own, as in cleaning. accounts.py makes values of the counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linnet.audio.files import AudioReader
from linnet.audio.resample import Resampler
from linnet.ir import Account, Course, Program, follow, initial_state, quantize_features, sum_course
from linnet.life.recordings import require_speech_rate
from linnet.life.scale import full_scale_of_file
from linnet.runtime import Ear, Heard, Listener, Model
from linnet.runtime.samples import clean_samples

Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Passage:
    """Some of a recording at the model's rate: `noisy` and `cleaned` [samples, channels], and a course per channel.

    The cleaned samples of all passages together are aligned with the noisy ones, and as many.
    """

    noisy: Sound
    cleaned: Sound
    courses: tuple[Course, ...]


class NamedClip(NamedTuple):
    """A mono sound [samples] at the model's own rate, and what to call it."""

    name: str
    samples: Sound


class Following:
    """One recording on its way through a model, `push` by `push` and a `flush`."""

    def __init__(
        self, program: Program, model: Model, *, sample_rate_hz: int, channels: int, full_scale: float = 1.0
    ) -> None:
        """Begin at rest; `model` is `program` in the engine, `full_scale` that of the samples.

        Raises:
            ModelError: the model is no denoiser.
        """
        self._program, self._full_scale = program, full_scale
        self._resampler = Resampler(sample_rate_hz, int(model.info.sample_rate_hz), channels=channels)
        self._listeners = [Listener(model) for _ in range(channels)]
        self._states = [initial_state(program) for _ in range(channels)]
        self._late = int(model.info.delay_samples)  # samples that come out before the recording's first
        self._owed = 0

    def push(self, block: Sound) -> Passage:
        """Take the next samples [n, channels] at the recording's own rate."""
        samples = self._resampler.push(clean_samples(block, full_scale=self._full_scale))
        heard = [listener.push(samples[:, c]) for c, listener in enumerate(self._listeners)]
        return self._passage(samples, heard)

    def flush(self) -> Passage:
        """Take silence until all that was pushed has come out."""
        samples = self._resampler.flush()
        pushed = [listener.push(samples[:, c]) for c, listener in enumerate(self._listeners)]
        rest = [listener.flush() for listener in self._listeners]
        heard = [
            Heard(*map(np.concatenate, zip(a, b, strict=True))) for a, b in zip(pushed, rest, strict=True)
        ]
        return self._passage(samples, heard)

    def _passage(self, samples: Sound, heard: Sequence[Heard]) -> Passage:
        self._owed += len(samples)
        cleaned = np.stack([one.cleaned for one in heard], axis=1)
        dropped = min(self._late, len(cleaned))
        self._late -= dropped
        cleaned = cleaned[dropped:][: self._owed]
        self._owed -= len(cleaned)
        return Passage(samples, cleaned, tuple(self._follow(c, one) for c, one in enumerate(heard)))

    def _follow(self, channel: int, heard: Heard) -> Course:
        runs = frames_that_run(heard.features)
        codes = quantize_features(self._program, heard.features[runs])
        self._states[channel], course = follow(self._program, self._states[channel], codes)
        return course.among(runs)


def frames_that_run(features: Sound) -> NDArray[np.bool_]:
    """Through which frames of features [frames, in] a denoiser's program runs, not through digital silence."""
    return np.any(features != 0, axis=1)


Say = Callable[[str, float], None]
"""Is told the name of a recording and the full scale of its samples: 1, but for floats that plainly were integers."""


def nothing_said(name: str, full_scale: float) -> None:
    """Tell nobody."""
    del name, full_scale


def follow_file(program: Program, model: Model, path: Path, say: Say = nothing_said) -> Iterator[Passage]:
    """Follow one recording of any rate from 8 kHz and any channels, block by block.

    Raises:
        AudioError: the file cannot be read.
        RecordingError: its rate is too low.
    """
    with AudioReader(path) as reader:
        require_speech_rate(path, reader.info)
        full_scale = full_scale_of_file(reader)
        say(path.name, full_scale)
        following = Following(
            program,
            model,
            sample_rate_hz=reader.info.sample_rate_hz,
            channels=reader.info.channels,
            full_scale=full_scale,
        )
        for block in reader.blocks():
            yield following.push(block)
    yield following.flush()


def account_of_file(program: Program, model: Model, path: Path, say: Say = nothing_said) -> Account:
    """Add up one recording, all channels."""
    return total(
        sum_course(course) for passage in follow_file(program, model, path, say) for course in passage.courses
    )


def account_of_clip(program: Program, model: Model, clip: Sound) -> Account:
    """Add up one mono clip [samples] at the model's own rate; of a denoiser until its end has come out clean."""
    if not model.info.is_denoiser:
        return account_of_values(program, Ear(model).features(clip))
    following = Following(program, model, sample_rate_hz=int(model.info.sample_rate_hz), channels=1)
    passages = (following.push(clip[:, np.newaxis]), following.flush())
    return total(sum_course(course) for passage in passages for course in passage.courses)


def account_of_values(program: Program, values: Sound) -> Account:
    """Add up one sequence of what the network is shown, from rest: float32 [frames, inputs]."""
    codes = quantize_features(program, values)
    return sum_course(follow(program, initial_state(program), codes)[1])


def total(accounts: Iterable[Account]) -> Account:
    """Add accounts of one program; at least one."""
    first, *others = accounts
    return sum(others, start=first)
