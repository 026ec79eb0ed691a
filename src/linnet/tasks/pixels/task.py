"""Digits pixel by pixel (sMNIST, psMNIST) as a task: one frame is one pixel, the answer stands in the last frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import Array

from linnet.runtime import Model, Session
from linnet.tasks.contract import WHOLE, Apply, Examples, Measure, Share, Split, folder_of
from linnet.tasks.pixels.images import FILES, Batch, Shown, read_images

SMALLEST = 1e-4  # of an output in a logarithm: a few steps of the integers


@dataclass(frozen=True)
class Pixels:
    """The keys of a recipe that are this task's own."""

    batch: int = 32
    validation_batch: int = 50
    order_seed: int = -1
    """-1 shows pixels in reading order (sMNIST); 0 or more draws one order for all images (psMNIST)."""

    name = "pixels"
    inputs = 1
    outputs = 10
    answers = tuple("0123456789")
    front_end = None
    frames_per_second = 1.0
    measure = Measure("accuracy", "accuracy", "", floor="chance", short="accuracy")

    def __post_init__(self) -> None:
        if min(self.batch, self.validation_batch) < 1 or self.order_seed < -1:
            raise ValueError(
                f"batch={self.batch}, validation_batch={self.validation_batch} or order_seed={self.order_seed} shows "
                "no image; choose batches of 1 or more, and an order of -1 or more."
            )

    def batch_size(self, split: Split) -> int:
        """Images of a batch."""
        return self.batch if split in ("train", "calibration") else self.validation_batch

    def has(self, data: Path, split: Split) -> bool:
        """Whether the files of the split are there."""
        return all((data / name).is_file() for name in FILES["test" if split == "test" else "train"])

    def examples(self, data: Path, split: Split, *, seed: int, share: Share = WHOLE) -> Examples[Batch]:
        """Images drawn at random for training, in order elsewhere.

        Raises:
            AudioError: a file is missing or damaged.
        """
        images = read_images(data, folder_of(split), self.order_seed)
        drawn = seed if split in ("train", "calibration") else None
        return Shown(images, self.batch_size(split), drawn, share)

    def features(self, batch: Batch) -> Array:
        """The pixels: [PIXELS, images, 1]."""
        return jnp.swapaxes(jnp.asarray(batch.pixels), 0, 1)[..., None]

    def answer(self, apply: Apply, batch: Batch) -> Array:
        """How likely each digit is at the last pixel: [images, 10]."""
        return apply(self.features(batch))[-1]

    def objective(self, answer: Array, batch: Batch) -> Array:
        """Cross-entropy of every output, and of the digit among all."""
        asked = jnp.asarray(np.arange(10) == batch.digit[:, None], answer.dtype)
        likely = jnp.clip(answer, SMALLEST, 1 - SMALLEST)
        of_digit = jnp.sum(asked * jnp.log(jnp.sum(likely, axis=1, keepdims=True) / likely), axis=1)
        return jnp.mean(of_digit + _cross_entropy(asked, likely))

    def imitate(self, answer: Array, taught: Array) -> Array:
        """Cross-entropy of every output to the teacher's."""
        likely, asked = (jnp.clip(each, SMALLEST, 1 - SMALLEST) for each in (answer, taught))
        return jnp.mean(_cross_entropy(asked, likely))

    def score(self, answer: Array, batch: Batch) -> Array:
        """1 where the likeliest digit was shown, else 0."""
        return (jnp.argmax(jnp.asarray(answer), axis=1) == jnp.asarray(batch.digit)).astype(jnp.float32)

    def floor(self, batch: Batch) -> Array:
        """What guessing gets."""
        return jnp.full(len(batch.digit), 0.1, jnp.float32)

    def sounds(self, batch: Batch) -> Any:
        """Nobody asks, for there is no front end."""
        raise NotImplementedError("images make no sound that a model could hear; use features.")

    def answer_of(self, model: Model, batch: Batch) -> npt.NDArray[np.float32]:
        """The same as `answer`, by the engine."""
        session, found = Session(model), []
        for pixels in np.asarray(batch.pixels):
            session.reset()
            found.append(session.values(session.run(session.quantize(pixels[:, None])))[-1])
        return np.stack(found)

    def learned(self, updates: int) -> dict[str, Any]:
        """Images shown."""
        return {"images": updates * self.batch}

    def origin(self, data: Path, examples: Any) -> str:
        """How many images."""
        order = "in reading order" if self.order_seed < 0 else f"in the order of seed {self.order_seed}"
        return f"{len(examples.images.digit)} images of MNIST (LeCun, Cortes, Burges), pixels {order}"


def _cross_entropy(asked: Array, likely: Array) -> Array:
    """Of outputs [images, digits] in (0, 1) to what is asked of them, summed over the digits: [images]."""
    return -jnp.sum(asked * jnp.log(likely) + (1 - asked) * jnp.log1p(-likely), axis=1)
