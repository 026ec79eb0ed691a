"""The folder of a training run: its files, and the trained model in it. What happens in a run is loop.py's."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import jax
from jax import Array

from linnet.nn.network import FoldedNetwork, Network, Statistics
from linnet.output.atomic import write_bytes
from linnet.output.lock import FolderLock
from linnet.sparsity.deployed import pruned
from linnet.sparsity.trees import named_matrices, with_matrices
from linnet.tasks.contract import Task
from linnet.train import distributed
from linnet.train.checkpoint import load_tree
from linnet.train.constraints import stage_at
from linnet.train.recipe import ComputationSettings, Recipe, read_recipe
from linnet.train.step import Teacher, TrainState, at_stage, initial_state


class TrainingError(RuntimeError):
    """A run that cannot start or go on; what it had reached is kept."""


class Trained(NamedTuple):
    """The best model of a run, by validation score."""

    model: Network
    statistics: Statistics
    masks: dict[str, Array]
    """As in `Constraints`; empty where nothing was pruned."""

    def folded(self, recipe: Recipe) -> FoldedNetwork:
        """The model that is deployed: activations as at the end of the recipe, norms inside, zeros in place."""
        model = at_stage(self.model, stage_at(recipe, recipe.training.updates))
        if recipe.sparsity.target == "parameters":
            matrices = named_matrices(model)
            kept = jax.tree.map(lambda m, mask: m * mask, {n: matrices[n] for n in self.masks}, self.masks)
            return with_matrices(model, kept).fold(self.statistics)
        return pruned(model.fold(self.statistics), self.masks)


class Run(NamedTuple):
    """Where a run writes."""

    folder: Path

    @property
    def recipe(self) -> Path:
        """The recipe as it was when the run began."""
        return self.folder / "recipe.toml"

    @property
    def checkpoint(self) -> Path:
        """Everything to go on from."""
        return self.folder / "checkpoint.safetensors"

    @property
    def best(self) -> Path:
        """Model and statistics of the best validation score."""
        return self.folder / "best.safetensors"

    @property
    def log(self) -> Path:
        """The journal, one JSON object a line."""
        return self.folder / "log.jsonl"


def trained_of(state: TrainState) -> Trained:
    """What of a state is a trained model."""
    return Trained(state.model, state.statistics, state.constraints.masks)


def load_best(folder: str | Path) -> tuple[Recipe, Trained, dict[str, Any]]:
    """Recipe, best model and what is known of it (update, score, seconds) from a run folder."""
    run = Run(Path(folder))
    if not run.best.exists():
        raise TrainingError(
            f"{folder} holds no best.safetensors, so there is no trained model in it; "
            "name a folder that `linnet train` wrote."
        )
    recipe = read_recipe(run.recipe)
    state = initial_state(recipe)
    trained, about = load_tree(run.best, trained_of(state))
    return recipe, trained, about


class Start(NamedTuple):
    """A model to begin with that comes from no run: its parameters, its moments, and what is known of it."""

    model: Network
    statistics: Statistics
    about: dict[str, Any]


class Ancestors(NamedTuple):
    """Models that take part in a run: the best ones of other runs, by their folders, or one from elsewhere."""

    initial: str | Path | Start | None = None
    """Where it starts."""
    teacher: str | Path | None = None
    """What it learns from, beside the examples themselves: see `DistillationSettings`."""


class Beginning(NamedTuple):
    """The first state of a run, its teacher, and what is to be known of the run it starts from."""

    state: TrainState
    teacher: Teacher | None
    initial: dict[str, Any] | None = None


def beginning_of(recipe: Recipe, ancestors: Ancestors) -> Beginning:
    """Where a recipe starts: at random, at the best model of another run, or at one from elsewhere.

    Raises:
        TrainingError: an ancestor does not fit the recipe.
    """
    state, teacher = initial_state(recipe), teacher_of(recipe, ancestors.teacher)
    if ancestors.initial is None:
        return Beginning(state, teacher)
    if isinstance(ancestors.initial, Start):
        model, statistics, about = ancestors.initial
        return Beginning(_begun_with(recipe, state, model, statistics), teacher, about)
    theirs, trained, about = load_best(ancestors.initial)
    if _body(theirs) != _body(recipe):
        raise TrainingError(
            f"{ancestors.initial} holds a model of {theirs.model} behind {theirs.task.front_end}, the recipe asks for "
            f"{recipe.model} behind {recipe.task.front_end}; make [model] and [front_end] of the recipe "
            "those of the run."
        )
    begun = _begun_with(recipe, state, trained.model, trained.statistics)
    return Beginning(begun, teacher, {"name": theirs.name, **about})


def _begun_with(recipe: Recipe, state: TrainState, model: Network, statistics: Statistics) -> TrainState:
    return state._replace(model=at_stage(model, stage_at(recipe, 0)), statistics=statistics)


def _body(recipe: Recipe) -> tuple[Any, ...]:
    """What a network is made by: models of equal bodies have the same parameters, learned from the same features."""
    task = recipe.task
    return recipe.model, task.name, task.front_end, task.inputs, task.outputs


def teacher_of(recipe: Recipe, folder: str | Path | None) -> Teacher | None:
    """The best model of a run as a teacher, where the recipe wants one.

    Raises:
        TrainingError: there is a teacher or a wish for one, but not both, or its task, answers or sample rate differ.
    """
    weight = recipe.distillation.weight
    if (folder is None) != (weight == 0):
        raise TrainingError(
            f"the teacher is {folder or 'not named'} and the weight of [distillation] is {weight}, so one of them is "
            "useless; name a run and give it a weight, or leave out both."
        )
    if folder is None:
        return None
    theirs, trained, _ = load_best(folder)
    model, task = trained.folded(theirs), theirs.task
    if task.name != recipe.task.name:
        raise TrainingError(
            f"{folder} was trained for the task {task.name}, the recipe is for {recipe.task.name}; choose a teacher "
            "of that task."
        )
    if task.answers != recipe.task.answers:
        raise TrainingError(
            f"{folder} answers {_few(task.answers)}, the recipe asks for {_few(recipe.task.answers)}, so an answer "
            "of one means nothing to the other; choose a teacher with the same, in the same order."
        )
    theirs_at, wanted = _rate(task), _rate(recipe.task)
    if theirs_at != wanted:
        raise TrainingError(
            f"{folder} was trained at {theirs_at}, the recipe asks for {wanted}; choose a teacher of that rate."
        )
    return lambda batch: jax.lax.stop_gradient(task.answer(model.apply, batch))


def _rate(task: Task) -> str:
    """The rate of what a task is shown: that of its sound, or of its frames where they are no sound."""
    if task.front_end is None:
        return f"{task.frames_per_second:g} frames a second"
    return f"{task.front_end.sample_rate_hz} Hz"


def _few(names: tuple[str, ...], most: int = 6) -> str:
    """Names for an error, the first of them where they are many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def prepare_folder(
    run: Run, recipe_path: Path, recipe: Recipe, resume: bool
) -> AbstractContextManager[object]:
    """Make the folder of a new run, or refuse: one that is there already, or another recipe than the one resumed.

    What is returned keeps every other process from training in the folder, until it is closed.
    """
    if resume:
        _refuse_other(run, recipe)
    if not distributed.leads():
        return nullcontext()
    run.folder.mkdir(parents=True, exist_ok=True)
    owner = FolderLock(run.folder)
    if resume:
        return owner
    if run.checkpoint.exists():
        owner.release()
        raise TrainingError(
            f"{run.folder} already holds a run, which would be lost; "
            "add --resume to go on with it, or choose another --out."
        )
    write_bytes(run.recipe, recipe_path.read_bytes())
    return owner


def _refuse_other(run: Run, recipe: Recipe) -> None:
    if not run.recipe.exists():
        raise TrainingError(
            f"{run.folder} holds no run, so there is nothing to resume; leave out --resume, or correct --out."
        )
    if _meaning(read_recipe(run.recipe)) != _meaning(recipe):
        raise TrainingError(
            f"{run.folder} was begun with another recipe; resume with {run.recipe}, or choose another --out."
        )


def _meaning(recipe: Recipe) -> Recipe:
    """The recipe without how it is computed, which may change when a run goes on elsewhere."""
    return replace(recipe, computation=ComputationSettings())
