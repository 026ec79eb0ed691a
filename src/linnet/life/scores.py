"""Scores of a model on the fixed examples of `val` and `test`: float against integers, by the measure of its task."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from linnet.ir import Program, program_to_bytes
from linnet.life.following import NamedClip
from linnet.nn.denoiser import FoldedDenoiser
from linnet.runtime import Model
from linnet.tasks.contract import Answer, Batch, Measure, Split, Task
from linnet.train.loop import mean_of, validation_batches
from linnet.train.recipe import Recipe
from linnet.train.runs import load_best


class ScoringError(ValueError):
    """Nothing can be scored: what came, why not, what to do."""


class Score(NamedTuple):
    """Mean scores over the examples of one split: without a network, by the float model, by the integer engine."""

    split: str
    examples: int
    floor: float
    by_float: float
    by_integers: float
    measure: Measure

    @property
    def text(self) -> str:
        """One line for people."""
        measure = self.measure
        return (
            f"{self.split}: mean {measure.name} of {self.examples} clips {measure.text(self.floor)} {measure.floor}, "
            f"{measure.text(self.by_float)} by the float model, {measure.text(self.by_integers)} by the integers"
        )

    @property
    def entry(self) -> dict[str, Any]:
        """As the card of a model keeps it."""
        figures = {self.measure.floor: self.floor, "float": self.by_float, "integer": self.by_integers}
        return {"clips": self.examples} | {
            f"{of}_{self.measure.short}": round(value, 3) for of, value in figures.items()
        }


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
    return NamedClip("the first validation mixture of the recipe", np.asarray(recipe.task.sounds(batch))[0])


def score(model: FoldedDenoiser, program: Program, recipe: Recipe, batches: list[Batch], split: str) -> Score:
    """Mean scores of batches: of the floor, of the float model, of the integer program in the engine."""
    task, engine = recipe.task, Model(program_to_bytes(program))
    by_float = jax.jit(lambda batch: task.answer(model.apply, batch))
    return Score(
        split,
        sum(len(jax.tree.leaves(batch)[0]) for batch in batches),
        mean_of(task.floor, batches),
        mean_score(task, batches, by_float),
        mean_score(task, batches, lambda batch: task.answer_of(engine, batch)),
        task.measure,
    )


def mean_score(task: Task, batches: list[Batch], answer: Callable[[Batch], Answer]) -> float:
    """The mean score of what `answer` makes of the batches."""
    return mean_of(lambda batch: task.score(answer(batch), batch), batches)
