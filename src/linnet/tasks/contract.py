"""What a task is: all that training, rounding and lowering know of what a network is for. Types alone, no JAX.

A task is a frozen dataclass. Its fields are the tables of a recipe that are its own. It is hashable, so that a compiled
update may close over it. Sound, labels, losses and words for people stay behind this contract.
`denoise/` is its first instance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from linnet.audio.stft import FrontEnd

if TYPE_CHECKING:
    from linnet.runtime import Model

Values = Any
"""An array of NumPy or JAX."""
Batch = Any
"""Examples: a tree of arrays whose first axis is the example."""
Answer = Any
"""What a person gets of a batch: sound, labels, numbers; a tree of arrays, too."""
Apply = Callable[[Values], Values]
"""A network on whole sequences: features [frames, examples, inputs] to outputs [frames, examples, outputs]."""
Split = Literal["train", "calibration", "val", "test"]
"""What examples are for. Those of `calibration` are like those of `train`, each made on its own."""


def folder_of(split: Split) -> str:
    """The name of the folder that the examples of a split are made from."""
    return "train" if split == "calibration" else split


def refuse_odd_shares_and_ranges(settings: Any) -> None:
    """Look at all fields of a dataclass: those called `..._probability`, and those that hold a pair.

    Raises:
        ValueError: a probability is not in 0..1, or a pair is not (lowest, highest).
    """
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name.endswith("_probability") and not 0.0 <= value <= 1.0:
            raise ValueError(f"{field.name}={value} is no probability; choose a number from 0 to 1.")
        if isinstance(value, tuple | list) and not (len(value) == 2 and value[0] <= value[1]):
            raise ValueError(f"{field.name}={value} is no range; give (lowest, highest).")


class Share(NamedTuple):
    """Which rows of every batch are read here, where several processes read it together: each row by one of them."""

    process: int = 0
    processes: int = 1

    def rows(self, batch: int) -> range:
        """The rows of a batch of `batch` examples, which the processes must divide evenly."""
        if batch % self.processes:
            raise ValueError(
                f"a batch of {batch} clips cannot be shared evenly by {self.processes} processes; "
                f"choose a multiple of {self.processes}."
            )
        size = batch // self.processes
        return range(self.process * size, (self.process + 1) * size)


WHOLE = Share()

Content = TypeVar("Content", covariant=True)


class Examples(Protocol[Content]):
    """Endless examples: the same seed and index give the same batch, whatever came before."""

    def batch(self, index: int) -> Content:
        """Batch number `index` >= 0."""


class Counted(NamedTuple):
    """A batch, and what each of its examples counts in a mean over all: [examples]."""

    batch: Batch
    counts: npt.NDArray[np.float64]


def counted_alike(batch: Batch, examples: int) -> Counted:
    """A batch of so many examples, of which each counts 1."""
    return Counted(batch, np.ones(examples))


@runtime_checkable
class Finite(Protocol):
    """Examples that come to an end, too: a model file is scored on all of those of `test`."""

    def once(self) -> Iterator[Counted]:
        """Every example once, in batches that need not be equally large."""


class Measure(NamedTuple):
    """How a task is scored, higher is better. The keys stand in journals, checkpoints and cards; never rename them."""

    key: str
    """Of a validation score: "si_snr_db"."""
    name: str
    """For people: "SI-SNR"."""
    unit: str
    """Behind a figure: "dB", or nothing."""
    floor: str
    """What is scored without a network: "noisy"."""
    short: str
    """The end of a card's keys: "db" of "float_db"."""

    @property
    def floor_key(self) -> str:
        """The key of what is scored without a network: "noisy_si_snr_db"."""
        return f"{self.floor}_{self.key}"

    def text(self, value: float) -> str:
        """A figure for people."""
        return f"{value:.2f} {self.unit}" if self.unit else f"{value:.4f}"


class Task(Protocol):
    """What a network is for. Functions of a batch run under jit, but for `answer_of`."""

    @property
    def name(self) -> str:
        """In recipes and the registry; never renamed."""

    @property
    def inputs(self) -> int:
        """Features of a frame."""

    @property
    def outputs(self) -> int:
        """Outputs of a frame."""

    @property
    def answers(self) -> tuple[str, ...]:
        """What an answer tells, in order: "sound", or labels. Who learns from another's answers must tell the same."""

    @property
    def front_end(self) -> FrontEnd | None:
        """What the engine does to sound around the network; None where a frame is no sound, but values."""

    @property
    def frames_per_second(self) -> float:
        """How many frames a second has; 1 where frames have no length."""

    @property
    def measure(self) -> Measure:
        """What its score is called."""

    def batch_size(self, split: Split) -> int:
        """Examples of a batch."""

    def has(self, data: Path, split: Split) -> bool:
        """Whether a folder has anything to make examples of this split from."""

    def examples(self, data: Path, split: Split, *, seed: int, share: Share = WHOLE) -> Examples[Batch]:
        """The examples of one split of a folder.

        Raises:
            AudioError: the folder lacks what they are made of.
        """

    def features(self, batch: Batch) -> Values:
        """What the network is shown: [frames, examples, inputs]."""

    def answer(self, apply: Apply, batch: Batch) -> Answer:
        """What a network makes of a batch, differentiable; `apply` is called once."""

    def objective(self, answer: Answer, batch: Batch) -> Values:
        """The loss, a scalar."""

    def imitate(self, answer: Answer, taught: Answer) -> Values:
        """How far an answer is from a teacher's, a scalar."""

    def score(self, answer: Answer, batch: Batch) -> Values:
        """By `measure`: [examples]."""

    def floor(self, batch: Batch) -> Values:
        """The score without a network: [examples]."""

    def answer_of(self, model: Model, batch: Batch) -> Answer:
        """The same as `answer`, by the integers of a model file in the engine."""

    def learned(self, updates: int) -> dict[str, Any]:
        """What a card says of how much was learned from in so many updates."""

    def origin(self, data: Path, examples: Examples[Batch]) -> str:
        """What a card says of the data behind these examples of `train` or `calibration`."""


@runtime_checkable
class OfSound(Protocol):
    """What a task has on top, where it has a front end."""

    def sounds(self, batch: Batch) -> Values:
        """What a model file would hear, at the rate of the front end: float32 [examples, samples]; not under jit."""


def sounds_of(task: Task, batch: Batch) -> Values:
    """What a model file would hear of a batch: float32 [examples, samples].

    Raises:
        TypeError: the task has no sounds.
    """
    if not isinstance(task, OfSound):
        raise TypeError(
            f"the task {task.name} has no sounds, but a front end needs them; give its class a method sounds(batch), "
            "or let its front_end be None."
        )
    return task.sounds(batch)
