"""A task without sound, the smallest there is: was there a pulse within the last frames? For tests."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from linnet.runtime import Model, Session
from linnet.tasks.contract import WHOLE, Measure, Share, Split

FRAMES, REMEMBERED = 24, 6


class Batch(NamedTuple):
    values: np.ndarray  # [examples, frames, 2]: a pulse or none, and noise
    pulse: np.ndarray  # bool [examples]: one of the newest frames has a pulse


@dataclass(frozen=True)
class Drawn:
    seed: int
    size: int
    share: Share

    def batch(self, index: int) -> Batch:
        rng = np.random.default_rng((self.seed, index))
        pulses = (rng.random((self.size, FRAMES)) < 0.1).astype(np.float32)
        values = np.stack((pulses, rng.normal(0, 0.3, pulses.shape).astype(np.float32)), axis=-1)
        rows = list(self.share.rows(self.size))
        return Batch(values[rows], np.any(pulses[rows, -REMEMBERED:], axis=1))


@dataclass(frozen=True)
class Pulses:
    frames: float = 125.0

    name = "pulses"
    inputs = 2
    outputs = 1
    answers = ("pulse",)
    front_end = None
    measure = Measure("accuracy", "accuracy", "", floor="never", short="accuracy")

    @property
    def frames_per_second(self) -> float:
        return self.frames

    def batch_size(self, split: Split) -> int:
        return 16

    def has(self, data: Path, split: Split) -> bool:
        return split != "test"

    def examples(self, data: Path, split: Split, *, seed: int, share: Share = WHOLE) -> Drawn:
        return Drawn(seed + 1000 * (split == "val"), self.batch_size(split), share)

    def features(self, batch: Batch) -> Any:
        return jnp.swapaxes(jnp.asarray(batch.values), 0, 1)

    def answer(self, apply: Any, batch: Batch) -> Any:
        return apply(self.features(batch))[-1, :, 0]

    def objective(self, answer: Any, batch: Batch) -> Any:
        likely = jnp.clip(answer, 1e-4, 1 - 1e-4)
        return -jnp.mean(jnp.where(batch.pulse, jnp.log(likely), jnp.log1p(-likely)))

    def imitate(self, answer: Any, taught: Any) -> Any:
        return jnp.mean((answer - taught) ** 2)

    def score(self, answer: Any, batch: Batch) -> Any:
        return ((jnp.asarray(answer) > 0.5) == jnp.asarray(batch.pulse)).astype(jnp.float32)

    def floor(self, batch: Batch) -> Any:
        return jnp.asarray(~np.asarray(batch.pulse), jnp.float32)

    def answer_of(self, model: Model, batch: Batch) -> Any:
        found = []
        for values in np.asarray(batch.values):
            session = Session(model)
            found.append(session.values(session.run(session.quantize(values)))[-1, 0])
        return np.asarray(found)

    def learned(self, updates: int) -> dict[str, Any]:
        return {"sequences": 16 * updates}

    def origin(self, data: Path, examples: Any) -> str:
        return "pulses drawn by rule"
