"""Keyword spotting as a task: spectra in, for every word how likely it was just said, pooled over the last frames.

Every output lies in (0, 1). The answer is the mean of each output over the newest `pool_seconds`, as a stream computes
it in every frame (runtime/recognizer.py). A clip without a keyword asks for zeros.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from linnet.audio.mixing import Signal
from linnet.audio.sources import Sources
from linnet.audio.stft import FrontEnd
from linnet.runtime import Model, Recognizer
from linnet.tasks.contract import WHOLE, Apply, Examples, Measure, Share, Split, folder_of
from linnet.tasks.features import features_of_clips
from linnet.tasks.keywords.utterances import (
    BACKGROUND,
    Batch,
    ClipSettings,
    InOrder,
    Spoken,
    list_utterances,
    read_utterances,
)

SMALLEST = 1e-4  # of a pooled output in a logarithm: a few steps of the integers


@dataclass(frozen=True)
class BackgroundSettings:
    """Which recordings of `background/` are left out: file names that start with one of these."""

    exclude_prefixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Keywords:
    """The tables of a recipe that are keyword spotting's own; see each table's own class."""

    words: tuple[str, ...]
    """The keywords, in the order of the outputs, as clips.csv writes them."""
    front_end: FrontEnd = field(default_factory=FrontEnd)
    clips: ClipSettings = field(default_factory=ClipSettings)
    background: BackgroundSettings = field(default_factory=BackgroundSettings)
    pool_seconds: float = 0.4
    """Over how long the outputs are averaged for a decision."""
    threshold: float = 0.5
    """Of a pooled output, below which nothing was said."""
    validation_batch: int = 48
    """Utterances of a batch of `val` and `test`."""

    name = "keywords"
    measure = Measure("accuracy", "accuracy", "", floor="chance", short="accuracy")

    def __post_init__(self) -> None:
        if not self.words or len(set(self.words)) < len(self.words):
            raise ValueError(f"words={list(self.words)} name no list of different words; give each once.")
        if not (0 < self.threshold < 1 and self.validation_batch >= 1):
            raise ValueError(
                f"threshold={self.threshold} and validation_batch={self.validation_batch} decide nothing; choose a "
                "threshold between 0 and 1, and a batch of 1 or more."
            )
        if not self.front_end.hop <= self.pool_seconds * self.front_end.sample_rate_hz <= self.samples:
            raise ValueError(
                f"pool_seconds={self.pool_seconds} is less than a frame or more than a clip; choose between "
                f"{self.front_end.hop / self.front_end.sample_rate_hz} and {self.clips.seconds}."
            )

    @property
    def inputs(self) -> int:
        """Features of a frame."""
        return self.front_end.feature_count

    @property
    def outputs(self) -> int:
        """One for each word."""
        return len(self.words)

    @property
    def frames_per_second(self) -> float:
        """Hops of a second."""
        return self.front_end.sample_rate_hz / self.front_end.hop

    @property
    def answers(self) -> tuple[str, ...]:
        """The words."""
        return self.words

    @property
    def samples(self) -> int:
        """Samples of a clip."""
        return round(self.clips.seconds * self.front_end.sample_rate_hz)

    @property
    def pool(self) -> int:
        """Frames that a decision is averaged over."""
        return round(self.pool_seconds * self.front_end.sample_rate_hz / self.front_end.hop)

    def batch_size(self, split: Split) -> int:
        """Clips of a batch."""
        return self.clips.batch if split in ("train", "calibration") else self.validation_batch

    def has(self, data: Path, split: Split) -> bool:
        """Whether the list names utterances of the split."""
        return any(row["split"] == folder_of(split) for row in list_utterances(data))

    def examples(self, data: Path, split: Split, *, seed: int, share: Share = WHOLE) -> Examples[Batch]:
        """Augmented utterances and nothing for training; the utterances themselves elsewhere.

        Raises:
            AudioError: the list, a recording or the split is missing.
        """
        rate_hz = self.front_end.sample_rate_hz
        utterances = read_utterances(data, folder_of(split), self.words, rate_hz)
        if split in ("val", "test"):
            return InOrder(utterances, self.validation_batch, self.samples, share)
        return Spoken(utterances, self._background(data), self.clips, rate_hz, seed, share)

    def _background(self, data: Path) -> Sources | None:
        """What is heard besides keywords; None where the folder has no background, and noise is generated."""
        folder = data / BACKGROUND
        if not folder.exists():
            return None
        return Sources.from_folder(
            folder,
            "train",
            sample_rate_hz=self.front_end.sample_rate_hz,
            exclude_prefixes=self.background.exclude_prefixes,
        )

    def features(self, batch: Batch) -> Array:
        """Features of the clips."""
        return features_of_clips(batch.sound, self.front_end)  # type: ignore[arg-type]

    def answer(self, apply: Apply, batch: Batch) -> Array:
        """Pooled outputs at the end of each clip: [batch, words]."""
        return jnp.mean(apply(self.features(batch))[-self.pool :], axis=0)

    def objective(self, answer: Array, batch: Batch) -> Array:
        """Cross-entropy of every output, and of the word among all words where one was said."""
        said = jnp.asarray(batch.label[:, None] == np.arange(self.outputs), answer.dtype)
        likely = jnp.clip(answer, SMALLEST, 1 - SMALLEST)
        of_each = _cross_entropy(said, likely)
        of_word = jnp.sum(said * jnp.log(jnp.sum(likely, axis=1, keepdims=True) / likely), axis=1)
        return jnp.mean(of_each + of_word)

    def imitate(self, answer: Array, taught: Array) -> Array:
        """Cross-entropy of every output to the teacher's."""
        likely, asked = (jnp.clip(each, SMALLEST, 1 - SMALLEST) for each in (answer, taught))
        return jnp.mean(_cross_entropy(asked, likely))

    def score(self, answer: Array, batch: Batch) -> Array:
        """1 where the likeliest word was said, or where nothing was said and none is likely; else 0."""
        label = jnp.asarray(batch.label)
        right = jnp.where(
            label >= 0, jnp.argmax(answer, axis=1) == label, jnp.max(answer, axis=1) < self.threshold
        )
        return right.astype(jnp.float32)

    def floor(self, batch: Batch) -> Array:
        """What guessing gets."""
        return jnp.full(len(batch.label), 1 / self.outputs, jnp.float32)

    def sounds(self, batch: Batch) -> Signal:
        """The clips."""
        return batch.sound

    def answer_of(self, model: Model, batch: Batch) -> Signal:
        """Pooled outputs at the end of each clip, by the engine."""
        recognizer = Recognizer(model, words=self.words, pool_seconds=self.pool_seconds)
        return np.stack([recognizer.pooled(sound)[-1] for sound in np.asarray(batch.sound)])

    def learned(self, updates: int) -> dict[str, Any]:
        """Hours of augmented clips."""
        seconds = updates * self.clips.batch * self.clips.seconds
        return {"audio_hours": round(seconds / 3600, 1)}

    def origin(self, data: Path, examples: Any) -> str:
        """How many utterances, what else was heard, and what the list says of its own licence."""
        text = f"{len(examples.utterances)} utterances of {self.outputs} words"
        if examples.background is not None:
            hours = ", ".join(f"{kind} {value:.2f} h" for kind, value in examples.background.hours().items())
            text += f"; background {hours}"
        text += "; plus noise generated by linnet.audio.synthetic"
        notice = data / "LICENCE.txt"
        return f"{text}. {notice.read_text('utf-8').strip()}" if notice.is_file() else text


def _cross_entropy(asked: Array, likely: Array) -> Array:
    """Of outputs [batch, words] in (0, 1) to what is asked of them, summed over the words: [batch]."""
    return -jnp.sum(asked * jnp.log(likely) + (1 - asked) * jnp.log1p(-likely), axis=1)
