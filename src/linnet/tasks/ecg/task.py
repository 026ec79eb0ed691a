"""Heartbeats as a task: one frame is one beat, and for every class an output says how likely the beat is of it.

The answer are the outputs of every beat of a piece; the likeliest class is the decision. A beat is known by what
beats.py makes of it and by what the network remembers of those before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from linnet.runtime import Model, Session
from linnet.tasks.contract import WHOLE, Apply, Examples, Measure, Share, Split, folder_of
from linnet.tasks.ecg.beats import FEATURES, Values
from linnet.tasks.ecg.records import (
    CLASSES,
    NONE,
    Batch,
    Cut,
    Drawn,
    PieceSettings,
    list_records,
    read_records,
)

SMALLEST = 1e-4  # of an output in a logarithm: a few steps of the integers


@dataclass(frozen=True)
class Ecg:
    """The tables of a recipe that are heartbeats' own; see each table's own class."""

    pieces: PieceSettings = field(default_factory=PieceSettings)
    class_weights: tuple[float, float, float, float] = (1.0, 8.0, 3.0, 2.0)
    """What a beat of N, S, V and F counts in the loss: S and V are rare."""
    beats_per_second: float = 1.25
    """Of the heart that figures per second are told for: 75 beats a minute."""
    validation_batch: int = 4
    """Pieces of a batch of `val` and `test`."""
    source: str = ""
    """Where the recordings are from and under which licence, for the card."""

    name = "ecg"
    inputs = FEATURES
    outputs = len(CLASSES)
    answers = CLASSES
    front_end = None
    measure = Measure("balanced_accuracy", "balanced accuracy", "", floor="normal", short="balanced_accuracy")

    def __post_init__(self) -> None:
        if min(self.class_weights) < 0 or max(self.class_weights) == 0:
            raise ValueError(
                f"class_weights={self.class_weights} teach nothing, or the opposite; give 0 or more, some more than 0."
            )
        if self.validation_batch < 1 or not 0 < self.beats_per_second <= 10:
            raise ValueError(
                f"validation_batch={self.validation_batch} or beats_per_second={self.beats_per_second} is no number of "
                "a heart; choose a batch of 1 or more, and more than 0 up to 10 beats a second."
            )

    @property
    def frames_per_second(self) -> float:
        """Beats of a second."""
        return self.beats_per_second

    def batch_size(self, split: Split) -> int:
        """Pieces of a batch."""
        return self.pieces.batch if split in ("train", "calibration") else self.validation_batch

    def has(self, data: Path, split: Split) -> bool:
        """Whether the list names records of the split."""
        return any(row["split"] == folder_of(split) for row in list_records(data))

    def examples(self, data: Path, split: Split, *, seed: int, share: Share = WHOLE) -> Examples[Batch]:
        """Pieces drawn for training; elsewhere every beat of the split once.

        Raises:
            AudioError: a list, a recording or the split is missing, or they contradict each other.
        """
        records = read_records(data, folder_of(split))
        if split in ("val", "test"):
            return Cut(records, self.pieces, self.validation_batch, share)
        return Drawn(records, self.pieces, self.class_weights, seed, share)

    def features(self, batch: Batch) -> Array:
        """What is known of every beat: [beats, pieces, FEATURES]."""
        return jnp.swapaxes(jnp.asarray(batch.shown), 0, 1)

    def answer(self, apply: Apply, batch: Batch) -> Array:
        """How likely every beat is of every class: [pieces, beats, classes]."""
        return jnp.swapaxes(apply(self.features(batch)), 0, 1)

    def objective(self, answer: Array, batch: Batch) -> Array:
        """Cross-entropy of the class among all, and half of that of every output, by the weights of the beats."""
        asked = jnp.asarray(np.arange(self.outputs) == batch.label[..., None], answer.dtype)
        likely, weight = jnp.clip(answer, SMALLEST, 1 - SMALLEST), jnp.asarray(batch.weight)
        of_class = jnp.sum(asked * jnp.log(jnp.sum(likely, -1, keepdims=True) / likely), -1)
        return jnp.sum(weight * (of_class + 0.5 * _cross_entropy(asked, likely))) / _total(weight)

    def imitate(self, answer: Array, taught: Array) -> Array:
        """Cross-entropy of every output to the teacher's."""
        likely, asked = (jnp.clip(each, SMALLEST, 1 - SMALLEST) for each in (answer, taught))
        return jnp.mean(_cross_entropy(asked, likely))

    def score(self, answer: Array, batch: Batch) -> Array:
        """The weights of the beats whose likeliest class is right, added up: on average over `val` the sensitivity."""
        right = jnp.argmax(jnp.asarray(answer), axis=-1) == jnp.asarray(batch.label)
        return jnp.sum(right * jnp.asarray(batch.weight), axis=1)

    def floor(self, batch: Batch) -> Array:
        """What N for every beat gets."""
        return jnp.sum((jnp.asarray(batch.label) == 0) * jnp.asarray(batch.weight), axis=1)

    def sounds(self, batch: Batch) -> Values:
        """Nobody asks, for there is no front end."""
        raise NotImplementedError("heartbeats make no sound that a model could hear; use features.")

    def answer_of(self, model: Model, batch: Batch) -> Values:
        """The same as `answer`, by the engine."""
        session, found = Session(model), []
        for shown in np.asarray(batch.shown):
            session.reset()
            found.append(session.values(session.run(session.quantize(shown))))
        return np.stack(found)

    def learned(self, updates: int) -> dict[str, Any]:
        """Beats in all pieces."""
        return {"beats": updates * self.pieces.batch * self.pieces.beats}

    def origin(self, data: Path, examples: Any) -> str:
        """How many beats of how many recordings, and what the recipe says of their source."""
        labels = np.concatenate([record.labels for record in examples.records])
        counts = ", ".join(f"{int(np.sum(labels == i))} {name}" for i, name in enumerate(CLASSES))
        text = f"{len(examples.records)} recordings of hearts, beats of {counts}, {int(np.sum(labels == NONE))} others"
        return f"{text}. {self.source}" if self.source else text


def _cross_entropy(asked: Array, likely: Array) -> Array:
    """Of outputs [..., classes] in (0, 1) to what is asked of them, summed over the classes: [...]."""
    return -jnp.sum(asked * jnp.log(likely) + (1 - asked) * jnp.log1p(-likely), axis=-1)


def _total(weight: Array) -> Array:
    """The sum of weights, 1 where there are none."""
    total = jnp.sum(weight)
    return jnp.where(total > 0, total, 1.0)
