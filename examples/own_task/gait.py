"""Is somebody standing, walking or running? From an accelerometer on the wrist, 25 times a second.

A task of Linnet in one file; docs/learn/your_own_task.md explains it. Its data are drawn by rule.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from linnet.runtime import Model, Session
from linnet.tasks.contract import WHOLE, Apply, Measure, Share, Split

RATE_HZ = 25
GAITS = ("standing", "walking", "running")
STEPS_HZ, STRENGTH = (0.0, 1.8, 2.7), (0.0, 0.35, 1.1)  # of each gait; strength in g


def shown(acceleration: np.ndarray) -> np.ndarray:
    """What the network is shown, float32 [frames, 3] in g: the change of each axis, for gravity may be anywhere.

    Whoever runs the model computes the same; keep it easy for a microcontroller.
    """
    return np.diff(acceleration, axis=0, prepend=acceleration[:1])


class Batch(NamedTuple):
    """What one update learns from; the first axis of every array is the example."""

    values: np.ndarray  # float32 [examples, frames, 3], as `shown` gives them
    gait: np.ndarray  # int32 [examples]: place in GAITS


@dataclass(frozen=True)
class Clips:
    """Endless examples: batch number `index` depends on `seed` and `index` alone."""

    task: "Gait"
    seed: int
    share: Share

    def batch(self, index: int) -> Batch:
        """Several processes may share a batch; each makes its own rows."""
        first = index * self.task.batch
        clips = [self.clip(first + row) for row in self.share.rows(self.task.batch)]
        return Batch(
            np.stack([values for values, _ in clips]), np.array([gait for _, gait in clips], np.int32)
        )

    def clip(self, number: int) -> tuple[np.ndarray, int]:
        """Here your recordings would be cut; this draws steps, gravity from anywhere, and noise."""
        rng = np.random.default_rng([self.seed, number])
        gait, time = int(rng.integers(len(GAITS))), np.arange(self.task.frames) / RATE_HZ
        phase = 2 * np.pi * (STEPS_HZ[gait] * rng.uniform(0.85, 1.15) * time + rng.random())
        gravity, swing = rng.normal(size=(2, 3))
        step = STRENGTH[gait] * rng.uniform(0.7, 1.3) * (np.sin(phase) + 0.4 * np.sin(2 * phase))
        clip = gravity / np.linalg.norm(gravity) + step[:, None] * swing / np.linalg.norm(swing)
        return shown((clip + rng.normal(0, 0.05, clip.shape)).astype(np.float32)), gait


@dataclass(frozen=True)
class Gait:
    """The task. Its fields are keys of the recipe."""

    batch: int = 32
    frames: int = 75

    name = "gait"
    inputs = 3
    outputs = len(GAITS)
    answers = GAITS
    front_end = None  # a frame is values, not sound
    frames_per_second = float(RATE_HZ)
    measure = Measure("accuracy", "accuracy", "", floor="chance", short="accuracy")

    def batch_size(self, split: Split) -> int:
        """Examples of a batch."""
        return self.batch

    def has(self, data: Path, split: Split) -> bool:
        """Whether the folder `data` has examples of a split. These need no folder."""
        return True

    def examples(self, data: Path, split: Split, *, seed: int, share: Share = WHOLE) -> Clips:
        """The examples of "train", "calibration", "val" or "test": never the same in two of them."""
        return Clips(self, seed + 1_000_000 * ("train", "calibration", "val", "test").index(split), share)

    def features(self, batch: Batch) -> Any:
        """What the network is shown: [frames, examples, inputs]."""
        return jnp.swapaxes(jnp.asarray(batch.values), 0, 1)

    def answer(self, apply: Apply, batch: Batch) -> Any:
        """How likely each gait is, of the mean of the last second: [examples, outputs] in (0, 1)."""
        return jnp.mean(apply(self.features(batch))[-RATE_HZ:], axis=0)

    def objective(self, answer: Any, batch: Batch) -> Any:
        """The loss: cross-entropy of every output."""
        asked, likely = jnp.asarray(np.eye(len(GAITS)))[batch.gait], jnp.clip(answer, 1e-4, 1 - 1e-4)
        return -jnp.mean(asked * jnp.log(likely) + (1 - asked) * jnp.log1p(-likely))

    def imitate(self, answer: Any, taught: Any) -> Any:
        """The distance to the answer of a teacher."""
        return jnp.mean((answer - taught) ** 2)

    def score(self, answer: Any, batch: Batch) -> Any:
        """1 where the likeliest gait is right, else 0."""
        return (jnp.argmax(jnp.asarray(answer), axis=1) == jnp.asarray(batch.gait)).astype(jnp.float32)

    def floor(self, batch: Batch) -> Any:
        """The score of guessing."""
        return jnp.full(len(batch.gait), 1 / len(GAITS), jnp.float32)

    def answer_of(self, model: Model, batch: Batch) -> Any:
        """The same answer by the integers of a model file."""
        session, found = Session(model), []
        for values in np.asarray(batch.values):
            session.reset()
            found.append(session.values(session.run(session.quantize(values)))[-RATE_HZ:].mean(axis=0))
        return np.stack(found)

    def learned(self, updates: int) -> dict[str, Any]:
        """For the card of the model."""
        return {"hours": round(updates * self.batch * self.frames / RATE_HZ / 3600, 1)}

    def origin(self, data: Path, examples: Any) -> str:
        """For the card, too: what was learned from, and under which licence."""
        return "gaits drawn by rule"
