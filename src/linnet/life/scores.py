"""Scores of a model on `val` and `test`: float against integers, by the measure of its task.

Of `val` these are the examples that training validates by. Of `test` it is every example once, where a task has an end
of them; denoising draws its mixtures, so there it is as many as of `val`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from linnet.ir import Program, program_to_bytes
from linnet.life.following import NamedClip
from linnet.nn.network import FoldedNetwork
from linnet.runtime import Model
from linnet.tasks.contract import Answer, Batch, Finite, Measure, Split, Task, sounds_of
from linnet.train.loop import mean_of, validation_batches
from linnet.train.recipe import Recipe
from linnet.train.runs import load_best


class ScoringError(ValueError):
    """Nothing can be scored: what came, why not, what to do."""


class Examined(NamedTuple):
    """What a model is scored on: batches, and what each example of them counts in a mean [examples]."""

    batches: list[Batch]
    counts: NDArray[np.float64]
    whole: bool
    """Whether these are all examples of the split."""


class Score(NamedTuple):
    """Mean scores over the examples of one split: without a network, by the float model, by the integer engine."""

    split: str
    examples: int
    whole: bool
    floor: float
    by_float: float
    by_integers: float
    measure: Measure

    @property
    def text(self) -> str:
        """One line for people."""
        measure = self.measure
        return (
            f"{self.split}: mean {measure.name} of {'all ' if self.whole else ''}{self.examples} clips "
            f"{measure.text(self.floor)} {measure.floor}, "
            f"{measure.text(self.by_float)} by the float model, {measure.text(self.by_integers)} by the integers"
        )

    @property
    def entry(self) -> dict[str, Any]:
        """As the card of a model keeps it."""
        figures = {self.measure.floor: self.floor, "float": self.by_float, "integer": self.by_integers}
        over = {"clips": self.examples} | ({"all_of_split": True} if self.whole else {})
        return over | {f"{of}_{self.measure.short}": round(value, 3) for of, value in figures.items()}


def scored_splits(task: Task, data: str | Path) -> list[Split]:
    """Those of `val` and `test` that have anything."""
    splits: tuple[Split, ...] = ("val", "test")
    return [split for split in splits if task.has(Path(data), split)]


def example_sound(folder: str | Path, data: str | Path) -> NamedClip | None:
    """The first sound of `val` on which the run in `folder` was scored; None where there is no `val`, or no sound."""
    recipe = load_best(folder)[0]
    if recipe.task.front_end is None or not recipe.task.has(Path(data), "val"):
        return None
    batch = validation_batches(recipe, data, "val", most=1)[0]
    return NamedClip(
        "the first validation mixture of the recipe", np.asarray(sounds_of(recipe.task, batch))[0]
    )


def examined(recipe: Recipe, data: str | Path, split: Split) -> Examined:
    """The examples of a split that a model is scored on; see the top of this file."""
    if split == "test":
        examples = recipe.task.examples(Path(data), split, seed=recipe.training.validation_seed)
        if isinstance(examples, Finite):
            batches, counts = zip(*examples.once(), strict=True)
            return Examined(list(batches), np.concatenate(counts), whole=True)
    chosen = validation_batches(recipe, data, split)
    return Examined(chosen, np.ones(sum(_examples_of(batch) for batch in chosen)), whole=False)


def score(model: FoldedNetwork, program: Program, task: Task, on: Examined, split: str) -> Score:
    """Mean scores of examples: of the floor, of the float model, of the integer program in the engine."""
    engine = Model(program_to_bytes(program))
    by_float = jax.jit(lambda batch: task.answer(model.apply, batch))
    return Score(
        split,
        len(on.counts),
        on.whole,
        mean_of_scores(task.floor, on),
        mean_score(task, on, by_float),
        mean_score(task, on, lambda batch: task.answer_of(engine, batch)),
        task.measure,
    )


def mean_score(task: Task, on: Examined, answer: Callable[[Batch], Answer]) -> float:
    """The mean score of what `answer` makes of the examples."""
    return mean_of_scores(lambda batch: task.score(answer(batch), batch), on)


def mean_of_scores(score: Callable[[Batch], Any], on: Examined) -> float:
    """The mean over all examples, each by what it counts.

    Raises:
        ScoringError: none counts anything.
    """
    if not on.whole:
        return mean_of(score, on.batches)
    if not np.any(on.counts):
        raise ScoringError(
            f"the {len(on.counts)} examples of test have nothing that is scored, such as a byte of the alphabet; add "
            "some that have, or take test away."
        )
    return float(
        np.average(np.concatenate([np.asarray(score(batch)) for batch in on.batches]), weights=on.counts)
    )


def _examples_of(batch: Batch) -> int:
    return len(jax.tree.leaves(batch)[0])
