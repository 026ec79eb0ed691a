"""A training run from its recipe to its best model: loop, validation, checkpoints, what the user sees.

A run folder holds recipe.toml, log.jsonl, curves.png, checkpoint.safetensors (everything, to go on from) and
best.safetensors (model and statistics of the best validation score). Killed at any moment, `--resume` goes on from
the last checkpoint and, on the same machine, ends with the same bits.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from linnet.audio.dataset import Batch, MixtureDataset, Sources, prefetch
from linnet.nn.denoiser import Denoiser, Statistics
from linnet.train.checkpoint import load_tree, save_tree, write_atomically
from linnet.train.journal import Journal, draw_curves
from linnet.train.losses import si_snr_db
from linnet.train.recipe import Recipe, read_recipe
from linnet.train.step import ScoreFunction, TrainState, initial_state, score_function, update_function

REPORT_EVERY = 50  # updates per line of the log


class TrainingError(RuntimeError):
    """A run that cannot start or go on; what it had reached is kept."""


class Trained(NamedTuple):
    """The best model of a run, by validation SI-SNR."""

    model: Denoiser
    statistics: Statistics


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


def load_best(folder: str | Path) -> tuple[Recipe, Trained, dict[str, Any]]:
    """Recipe, best model and what is known of it (update, si_snr_db, seconds) from a run folder."""
    run = Run(Path(folder))
    if not run.best.exists():
        raise TrainingError(
            f"{folder} holds no best.safetensors, so there is no trained model in it; "
            "name a folder that `linnet train` wrote."
        )
    recipe = read_recipe(run.recipe)
    state = initial_state(recipe)
    trained, about = load_tree(run.best, Trained(state.model, state.statistics))
    return recipe, trained, about


def train(recipe_path: str | Path, data: str | Path, out: str | Path, *, resume: bool = False) -> Path:
    """Train `recipe_path` on the folder `data` and return the run folder `out`.

    Raises RecipeError, TrainingError (folder in use, loss no longer finite) or the errors of `audio.sources`.
    """
    recipe, run = read_recipe(recipe_path), Run(Path(out))
    _prepare_folder(run, Path(recipe_path), recipe, resume)
    sources = {split: sources_of(recipe, data, split) for split in ("train", "val")}
    dataset = MixtureDataset(sources["train"], recipe.mixtures, recipe.training.seed)
    return train_on(recipe, dataset, validation_batches(recipe, sources["val"]), run.folder)


def train_on(recipe: Recipe, dataset: Any, validation: list[Batch], out: Path) -> Path:
    """The run itself, on any dataset with `batch(index)`; goes on where a checkpoint in `out` ends."""
    run, console = Run(out), Console(stderr=True, markup=False)
    state, about = _start(recipe, run)
    start = int(state.update)
    journal = Journal(run.log, start)
    noisy_db = float(np.mean([si_snr_db(b.clean, b.noisy, limit_db=100.0) for b in validation]))
    journal.write(
        start, device=str(jax.devices()[0]), noisy_si_snr_db=noisy_db, parameters=_size(state.model)
    )
    console.print(
        f"{recipe.name}: {_size(state.model):,} parameters, {jax.devices()[0]}, "
        f"validation starts at {noisy_db:.2f} dB"
    )
    updates = _Updates(recipe, run, journal, about, validation)
    with _progress(console) as progress, closing(prefetch(dataset, start, workers=1, ahead=6)) as batches:
        task = progress.add_task(
            recipe.name, total=recipe.training.updates, completed=start, loss="", best=""
        )
        show = lambda **values: progress.update(task, **values)  # noqa: E731
        updates.run(state, batches, show)
    draw_curves(run.log, out / "curves.png", recipe.name)
    console.print(
        f"best validation SI-SNR {about['si_snr_db']:.2f} dB at update {about['best_update']}; {run.best}"
    )
    return out


class _Updates:
    """The inner loop with its three habits: report, validate, save."""

    def __init__(
        self, recipe: Recipe, run: Run, journal: Journal, about: dict[str, Any], validation: list[Batch]
    ) -> None:
        self.recipe, self.run_files, self.journal = recipe, run, journal
        self.about, self.validation = about, validation
        self.update, self.score = update_function(recipe), score_function(recipe)
        self.began, self.seconds_before = time.monotonic(), float(about["seconds"])

    def run(self, state: TrainState, batches: Iterator[Batch], show: Callable[..., None]) -> None:
        settings = self.recipe.training
        losses: list[jax.Array] = []
        for update in range(int(state.update) + 1, settings.updates + 1):
            batch = next(batches)
            state, loss = self.update(state, batch.noisy, batch.clean)
            losses.append(loss)
            last = update == settings.updates
            if update % REPORT_EVERY == 0 or last:
                self._report(update, losses, show)
            if update % settings.validate_every == 0 or last:
                self._validate(update, state, losses, show)
            if update % settings.checkpoint_every == 0 or last:
                self._check(update, losses, state)
                save_tree(self.run_files.checkpoint, state, self.about | {"seconds": self._seconds()})

    def _report(self, update: int, losses: list[jax.Array], show: Callable[..., None]) -> None:
        self._check(update, losses)
        mean = float(np.mean(losses))
        losses.clear()
        self.journal.write(update, loss=mean, seconds=round(self._seconds(), 1))
        show(completed=update, loss=f"loss {mean:.2f}")

    def _check(self, update: int, losses: list[jax.Array], state: TrainState | None = None) -> None:
        """End the run where a loss, or a number of the state about to be saved, is not finite."""
        if all(np.all(np.isfinite(leaf)) for leaf in [*losses, *jax.tree.leaves(state)]):
            return
        kept = self.run_files.checkpoint
        where = f"the last good state is in {kept}" if kept.exists() else "no state had been saved yet"
        raise TrainingError(
            f"the loss stopped being a number before update {update}, so the run was ended; {where}; "
            "lower the learning rates in the recipe, or look at the data."
        )

    def _validate(
        self, update: int, state: TrainState, losses: list[jax.Array], show: Callable[..., None]
    ) -> None:
        self._check(update, losses)
        score = mean_si_snr(self.score, state, self.validation)
        self.journal.write(update, si_snr_db=score)
        if score > self.about["si_snr_db"]:
            self.about |= {"si_snr_db": score, "best_update": update}
            about = self.about | {"seconds": self._seconds()}
            save_tree(self.run_files.best, Trained(state.model, state.statistics), about)
        show(best=f"best {self.about['si_snr_db']:.2f} dB")
        draw_curves(self.run_files.log, self.run_files.folder / "curves.png", self.recipe.name)

    def _seconds(self) -> float:
        return self.seconds_before + time.monotonic() - self.began


def mean_si_snr(score: ScoreFunction, state: TrainState, validation: list[Batch]) -> float:
    """Mean SI-SNR in dB over all clips of the validation batches."""
    return float(np.mean(np.concatenate([np.asarray(score(state, b.noisy, b.clean)) for b in validation])))


def validation_batches(recipe: Recipe, sources: Sources) -> list[Batch]:
    """The fixed validation mixtures of a recipe, whole batches of them."""
    settings = recipe.validation
    count = max(1, recipe.training.validation_clips // settings.batch)
    dataset = MixtureDataset(sources, settings, recipe.training.validation_seed)
    return [dataset.batch(i) for i in range(count)]


def _start(recipe: Recipe, run: Run) -> tuple[TrainState, dict[str, Any]]:
    state = initial_state(recipe)
    if run.checkpoint.exists():
        return load_tree(run.checkpoint, state)
    return state, {"si_snr_db": float("-inf"), "best_update": 0, "seconds": 0.0}


def _prepare_folder(run: Run, recipe_path: Path, recipe: Recipe, resume: bool) -> None:
    if run.checkpoint.exists() and not resume:
        raise TrainingError(
            f"{run.folder} already holds a run, which would be lost; "
            "add --resume to go on with it, or choose another --out."
        )
    if resume:
        if not run.recipe.exists():
            raise TrainingError(
                f"{run.folder} holds no run, so there is nothing to resume; "
                "leave out --resume, or correct --out."
            )
        if read_recipe(run.recipe) != recipe:
            raise TrainingError(
                f"{run.folder} was begun with another recipe; "
                f"resume with {run.recipe}, or choose another --out."
            )
        return
    run.folder.mkdir(parents=True, exist_ok=True)
    write_atomically(run.recipe, recipe_path.read_bytes())


def sources_of(recipe: Recipe, data: str | Path, split: str) -> Sources:
    """The recordings of one split of a folder that a recipe uses, at its rate."""
    return Sources.from_folder(
        data,
        split,
        sample_rate_hz=recipe.front_end.sample_rate_hz,
        exclude_prefixes=recipe.data.exclude_prefixes,
    )


def _size(model: Denoiser) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(model))


def _progress(console: Console) -> Progress:
    columns = (
        "{task.description}",
        BarColumn(),
        "{task.completed}/{task.total}",
        "{task.fields[loss]}",
        "{task.fields[best]}",
    )
    return Progress(
        *(TextColumn(c, markup=False) if isinstance(c, str) else c for c in columns),
        TimeRemainingColumn(),
        console=console,
    )
