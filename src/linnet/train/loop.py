"""A training run from its recipe to its best model: loop, validation, checkpoints, what the user sees.

A run folder holds recipe.toml, log.jsonl, curves.png, checkpoint.safetensors (everything, to go on from) and
best.safetensors (model and statistics of the best validation score). Killed at any moment, `--resume` goes on from
the last checkpoint and, on the same devices, ends with the same bits. Where several processes train together, all of
them run this; the first writes and speaks.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console

from linnet.nn.compiled import available
from linnet.nn.network import Network
from linnet.sparsity.masks import density_of
from linnet.tasks.contract import Batch, Examples, Measure, Split
from linnet.train import distributed
from linnet.train.ahead import prefetch
from linnet.train.checkpoint import load_tree, save_tree
from linnet.train.compiling import compile_once
from linnet.train.constraints import Stage, listens, settled, stage_at
from linnet.train.distributed import Devices, PlacedExamples, Processes
from linnet.train.fitting import is_own, refuse_misfit, refuse_no_examples
from linnet.train.journal import Journal, draw_curves
from linnet.train.memory import keep_freed_memory
from linnet.train.progress import progress_bar, score_text
from linnet.train.recipe import Recipe, read_recipe
from linnet.train.runs import (
    Ancestors,
    Beginning,
    Run,
    TrainingError,
    beginning_of,
    prepare_folder,
    trained_of,
)
from linnet.train.step import (
    Teacher,
    TrainState,
    at_stage,
    renew_function,
    score_function,
    update_function,
)
from linnet.train.waiting import Waiting

REPORT_EVERY = 50  # updates per line of the log


def train(
    recipe_path: str | Path,
    data: str | Path,
    out: str | Path,
    *,
    resume: bool = False,
    ancestors: Ancestors = Ancestors(),  # noqa: B008 - a constant
    processes: Processes = Processes(),  # noqa: B008 - a constant
) -> Path:
    """Train `recipe_path` on the folder `data` and return the run folder `out`, on every device there is.

    Raises RecipeError, LockError (another process trains in the folder), TrainingError (it holds a run, loss no longer
    finite), DistributionError (a batch that devices cannot share, processes that do not meet) or the errors of
    `audio.sources`.
    """
    keep_freed_memory()
    distributed.join(processes)
    with ExitStack() as owned:
        with distributed.together():
            recipe, run = read_recipe(recipe_path), Run(Path(out))
            beginning = beginning_of(recipe, ancestors)
            owned.enter_context(prepare_folder(run, Path(recipe_path), recipe, resume))
            share = distributed.share()
            refuse_no_examples(recipe.task)
            examples = recipe.task.examples(Path(data), "train", seed=recipe.training.seed, share=share)
            validation = validation_batches(recipe, data)
            if is_own(recipe.task):
                refuse_misfit(recipe.task, validation[0])
        distributed.require_same("recipe", repr(recipe))
        return train_on(recipe, examples, validation, run.folder, beginning)


def train_on(
    recipe: Recipe,
    examples: Examples[Batch],
    validation: list[Batch],
    out: Path,
    beginning: Beginning | None = None,
) -> Path:
    """The run itself, on any examples; goes on where a checkpoint in `out` ends.

    Both hold this process's share of every batch. Without a `beginning` it begins at random and has no teacher.
    """
    beginning = beginning or beginning_of(recipe, Ancestors())
    run, devices = Run(out), Devices.all()
    console = Console(stderr=True, markup=False, quiet=not distributed.leads())
    devices.require_shares("a batch", recipe.task.batch_size("train"), recipe.computation.parts)
    devices.require_shares("a validation batch", recipe.task.batch_size("val"))
    with distributed.together():
        state, about = _start(run, beginning, recipe.task.measure)
    done = int(state.update)
    distributed.require_same("checkpoint", str(done))
    journal = Journal(run.log if distributed.leads() else None, done)
    measure = recipe.task.measure
    floor = distributed.mean_over_processes(mean_of(recipe.task.floor, validation))
    where = f"{devices.count} x {jax.devices()[0].device_kind}"
    facts = {measure.floor_key: floor, "parameters": _size(state.model)}
    journal.write(done, device=where, compiled=available(), **facts)
    form = "" if available() else " (plain JAX: nothing compiled for CPUs)"
    console.print(
        f"{recipe.name}: {_size(state.model):,} parameters, {where}{form}, "
        f"validation starts at {measure.text(floor)}"
    )
    updates = _Updates(recipe, run, journal, about, [devices.place(batch) for batch in validation])
    placed = PlacedExamples(examples, devices)
    with progress_bar(console) as progress, closing(prefetch(placed, done, workers=1, ahead=6)) as batches:
        task = progress.add_task(
            recipe.name, total=recipe.training.updates, completed=done, loss="", best="", idle=""
        )
        show = lambda **values: progress.update(task, **values)  # noqa: E731
        updates.run(devices.copy(state), batches, show, beginning.teacher)
    if distributed.leads():
        draw_curves(run.log, out / "curves.png", recipe.name, measure)
    console.print(
        f"best validation {measure.name} {measure.text(about[measure.key])} at update {about['best_update']}; "
        f"{run.best}"
    )
    return out


class _Updates:
    """The inner loop with its three habits: report, validate, save."""

    def __init__(
        self, recipe: Recipe, run: Run, journal: Journal, about: dict[str, Any], validation: list[Batch]
    ) -> None:
        self.recipe, self.run_files, self.journal = recipe, run, journal
        self.about, self.validation = about, validation
        self.renew = renew_function(recipe) if listens(recipe) else None
        self.stage: Stage | None = None
        self.teacher: Teacher | None = None
        self.began, self.seconds_before = time.monotonic(), float(about["seconds"])
        self.waiting = Waiting()

    def run(
        self,
        state: TrainState,
        batches: Iterator[Batch],
        show: Callable[..., None],
        teacher: Teacher | None = None,
    ) -> None:
        self.teacher = teacher
        settings = self.recipe.training
        losses = [jnp.float32(loss) for loss in self.about.pop("losses", [])]
        for update in range(int(state.update) + 1, settings.updates + 1):
            batch = self.waiting.next(batches)
            state = self._prepared(update - 1, state, batch)
            state, loss = self.update(state, batch)
            losses.append(loss)
            self.waiting.started(loss)
            show(completed=update)
            last = update == settings.updates
            if update % REPORT_EVERY == 0 or last:
                self._report(update, losses, show)
            if update % settings.validate_every == 0 or last:
                self._validate(update, state, losses, show)
            if update % settings.checkpoint_every == 0 or last:
                self._check(update, losses, state)
                unreported = {"losses": [float(loss) for loss in losses]}
                about = self.about | unreported | {"seconds": self._seconds()}
                self._save(self.run_files.checkpoint, state, about)

    def _prepared(self, done: int, state: TrainState, batch: Batch) -> TrainState:
        """The state as the next update wants it: in its stage, with masks and ranges not older than the recipe says."""
        stage = stage_at(self.recipe, done)
        if stage != self.stage:
            self.stage = stage
            self.update = update_function(self.recipe, stage=stage, teacher=self.teacher)
            self.score = score_function(self.recipe, stage=stage)
            state = at_stage(state, stage)
            self._compile(state, batch)
        if self.renew is not None and done % self.recipe.sparsity.every == 0:
            state = self.renew(state, batch)
        return state

    def _compile(self, state: TrainState, batch: Batch) -> None:
        renewals = [] if self.renew is None else [(self.renew, (state, batch))]
        scores = [(self.score, (state, self.validation[0]))]
        compile_once([(self.update, (state, batch)), *renewals, *scores])

    def _save(self, path: Path, tree: Any, about: dict[str, Any]) -> None:
        if distributed.leads():
            save_tree(path, tree, about)

    def _report(self, update: int, losses: list[jax.Array], show: Callable[..., None]) -> None:
        self._check(update, losses)
        mean = float(np.mean(losses))
        losses.clear()
        idle = self.waiting.share()
        self.journal.write(update, loss=mean, seconds=round(self._seconds(), 1), idle=round(idle, 3))
        show(loss=f"loss {mean:.2f}", idle=f"idle {idle:.0%}")

    def _check(self, update: int, losses: list[jax.Array], state: TrainState | None = None) -> None:
        """End the run where a loss, or a number of the state about to be saved, is not finite."""
        if all(np.all(np.isfinite(leaf)) for leaf in [*losses, *jax.tree.leaves(state)]):
            return
        kept = self.run_files.checkpoint
        where = f"the last good state is in {kept}" if kept.exists() else "no state had been saved yet"
        raise TrainingError(
            f"the loss, or a weight, stopped being a number before update {update}, so the run was ended; {where}; "
            "lower the learning rates in the recipe, or look at the data."
        )

    def _validate(
        self, update: int, state: TrainState, losses: list[jax.Array], show: Callable[..., None]
    ) -> None:
        self._check(update, losses)
        measure, score = self.recipe.task.measure, mean_of(partial(self.score, state), self.validation)
        density = (
            {"density": round(density_of(state.constraints.masks), 4)} if state.constraints.masks else {}
        )
        self.journal.write(update, **{measure.key: score}, **density)
        if score > self.about[measure.key] and update >= settled(self.recipe):
            self.about |= {measure.key: score, "best_update": update}
            about = self.about | {"seconds": self._seconds()}
            self._save(self.run_files.best, trained_of(state), about)
        show(best=score_text(measure, score, self.about[measure.key]))
        if distributed.leads():
            draw_curves(self.run_files.log, self.run_files.folder / "curves.png", self.recipe.name, measure)

    def _seconds(self) -> float:
        return self.seconds_before + time.monotonic() - self.began


def mean_of(score: Callable[[Batch], Any], batches: list[Batch]) -> float:
    """The mean over all examples of a score [examples] of each batch."""
    return float(np.mean(np.concatenate([np.asarray(score(batch)) for batch in batches])))


def validation_batches(
    recipe: Recipe, data: str | Path, split: Split = "val", *, most: int | None = None
) -> list[Batch]:
    """The fixed examples on which a recipe is scored, whole batches of them, of each the rows that this process reads.

    `most` of them where that is fewer.
    """
    task, settings = recipe.task, recipe.training
    count = max(1, settings.validation_clips // task.batch_size(split))
    examples = task.examples(Path(data), split, seed=settings.validation_seed, share=distributed.share())
    return [examples.batch(i) for i in range(count if most is None else min(count, most))]


def _start(run: Run, beginning: Beginning, measure: Measure) -> tuple[TrainState, dict[str, Any]]:
    if run.checkpoint.exists():
        return load_tree(run.checkpoint, beginning.state)
    about = {measure.key: float("-inf"), "best_update": 0, "seconds": 0.0}
    return beginning.state, about | ({"initial": beginning.initial} if beginning.initial else {})


def _size(model: Network) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(model))
