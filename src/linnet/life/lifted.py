"""A model file as the beginning of a training: its integers lifted to floats, its norms made from what it hears.

So a model that ships can be trained on, on recordings of one's own, without the run that made it.
"""

import dataclasses
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from linnet.compiler.lift import LiftError, lift
from linnet.ir import Program, read_program, run
from linnet.life.deploy import calibration_of, front_end_spec, shown_of
from linnet.nn.layers import Moments
from linnet.nn.network import FoldedNetwork, Statistics
from linnet.nn.unfold import unfolded
from linnet.tasks.contract import Task
from linnet.train.memory import keep_freed_memory
from linnet.train.recipe import read_recipe
from linnet.train.runs import Start, TrainingError
from linnet.train.step import initial_state

HEARD_BATCHES = 8  # of which the moments of the norms are the mean
COMPARED_FRAMES = 200
LARGEST_DIFFERENCE = 0.03  # of two answers, root mean square; rounding makes a tenth of it


def start_of_file(model: str | Path, recipe_path: str | Path, data: str | Path) -> Start:
    """The model in a file, to train on as a recipe says, on the recordings in `data`.

    Raises:
        TrainingError: the file holds another network than the recipe describes, or one with S5 layers.
        RecipeError, AudioError, ValueError: the recipe, the recordings or the file cannot be read.
    """
    keep_freed_memory()  # before the first computation, whose threads would get arenas of their own
    recipe, program = read_recipe(recipe_path), read_program(Path(model))
    if not recipe.training.other_front_end:
        _refuse_other_front_end(model, program, recipe.task)
    initial = initial_state(recipe)
    try:
        folded = lift(program, initial.model.fold(initial.statistics))
    except LiftError as error:
        raise TrainingError(f"{model} cannot be trained on by {recipe_path}: {error}") from error
    heard = list(shown_of(calibration_of(recipe.task, Path(data)), recipe.task, HEARD_BATCHES))
    _refuse_other_answers(model, program, folded, heard[0])
    look = jax.jit(lambda features: folded.statistics(features))
    statistics = _mean([look(features) for features in heard])
    about = {"name": program.metadata.name, **_scored(program)}
    begun = unfolded(folded, statistics, normalises=recipe.model.normalises)
    return Start(begun, statistics, about)


def _mean(seen: list[Statistics]) -> Statistics:
    """Moments over all batches together: the variance between their means counts, too."""

    def pooled(*each: Moments) -> Moments:
        mean = jnp.mean(jnp.stack([m.mean for m in each]), axis=0)
        square = jnp.mean(jnp.stack([m.variance + m.mean**2 for m in each]), axis=0)
        return Moments(mean, jnp.maximum(square - mean**2, 0.0))

    pooled_all: Statistics = jax.tree.map(pooled, *seen, is_leaf=lambda node: isinstance(node, Moments))
    return pooled_all


def _scored(program: Program) -> dict[str, Any]:
    """What the card says of the score of the model that is begun with."""
    val = program.metadata.card.get("scores", {}).get("val", {})
    return {"scores_of_val": val} if val else {}


def _refuse_other_front_end(model: str | Path, program: Program, task: Task) -> None:
    """But for removal of offsets and bounds of the level, set at any time, the network is to hear what it heard."""
    theirs = program.metadata.front_end
    free = {name: getattr(theirs, name) for name in ("offset_alpha", "level_least", "level_most")}
    wanted = dataclasses.replace(front_end_spec(task), **free)
    names = [field.name for field in dataclasses.fields(wanted)]
    odd = [name for name in names if getattr(theirs, name) != getattr(wanted, name)]
    if odd:
        ours, asked = (
            ", ".join(f"{name}={getattr(each, name)}" for name in odd) for each in (theirs, wanted)
        )
        raise TrainingError(
            f"{model} hears sound through another front end, with {ours}, and the recipe asks for {asked}; make "
            "[front_end] of the recipe that of the file's own, which linnet inspect --json shows, or set "
            "other_front_end = true under [training] to let its weights learn anew what they hear."
        )


def _refuse_other_answers(
    model: str | Path, program: Program, folded: FoldedNetwork, features: jax.Array
) -> None:
    """Equal shapes do not make equal networks: the floats have to answer as the integers do."""
    clip = np.asarray(features[:COMPARED_FRAMES, 0], np.float32)
    difference = run(program, clip) - np.asarray(folded.apply(jnp.asarray(clip)[:, None])[:, 0])
    apart = float(np.sqrt(np.mean(difference**2)))
    if not apart < LARGEST_DIFFERENCE:
        raise TrainingError(
            f"{model} has matrices of the shapes that the recipe describes, but answers otherwise than its "
            f"network would (by {apart:.3f} of 1); make its [model] and [relufication] those of the file's own recipe."
        )
