"""Which trials a study has: a recipe, axes whose values are combined, a budget, read from a TOML file.

Every trial is a recipe of its own, and its key a hash of that recipe and of the recordings. Doing it is the business of
trial.py.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import itertools
import json
import math
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linnet.audio.sources import SPLITS, list_folder
from linnet.output.quoting import file_name_fault
from linnet.study.settings import Budget, Measures, Stopping, StudyError, read_settings
from linnet.study.toml_text import to_toml
from linnet.train.recipe import Recipe, RecipeError, parse_recipe

SHORT_NAMES = {
    "width": "model.width",
    "layers": "model.layers",
    "density": "sparsity.density",
    "distribution": "sparsity.distribution",
    "scheme": "quantization.scheme",
    "seed": "training.seed",
}
"""Names of axes beside the keys of a recipe themselves."""

COMPARED_BY = "si_snr_db"
UPDATES = "training.updates"
KEYS = {"name", "recipe", "budget", "measures", "stopping", "grid"}


@dataclass(frozen=True)
class Study:
    """What a study file says; `grids` are one dictionary of axes each, by the recipe's keys."""

    name: str
    recipe: dict[str, Any]
    grids: tuple[dict[str, list[Any]], ...]
    budget: Budget
    measures: Measures
    stopping: Stopping = dataclasses.field(default_factory=Stopping)


@dataclass(frozen=True)
class Trial:
    """One point: its key, the values of the axes that led to it, and its recipe, as TOML and read."""

    key: str
    settings: dict[str, Any]
    text: str
    recipe: Recipe


def read_study(path: str | Path) -> Study:
    """Read a study file; the recipe it names lies beside it.

    Raises:
        StudyError: the file cannot be read, an axis is empty or names no key, or the task is scored by another measure.
        RecipeError: the recipe is wrong.
    """
    path = Path(path)
    table = _read_toml(path, "study")
    unknown = sorted(set(table) - KEYS)
    if unknown:
        raise StudyError(
            f"{path}: unknown key {unknown[0]!r}, so it would do nothing; known keys are {sorted(KEYS)}."
        )
    for key in ("name", "recipe", "grid"):
        if not table.get(key):
            raise StudyError(f"{path}: the key {key!r} is missing, so there are no trials; add it.")
    if fault := file_name_fault(str(table["name"])):
        raise StudyError(
            f"{path}: name={table['name']!r} cannot name a folder, for {fault}; choose another name."
        )
    recipe_path = path.parent / str(table["recipe"])
    recipe = _read_toml(recipe_path, "recipe")
    read = parse_recipe(recipe_path.read_text(encoding="utf-8"), str(recipe_path))
    if (measure := read.task.measure).key != COMPARED_BY:
        raise StudyError(
            f"{path}: the task {read.task.name!r} is scored by {measure.name}, and studies compare by SI-SNR in dB; "
            "name a recipe that denoises, and train others one by one with linnet train."
        )
    known = _keys_of(read)
    grids = tuple(_grid(grid, known, f"{path}: [[grid]]") for grid in _tables(table["grid"], path))
    budget = read_settings(Budget, table.get("budget", {}), f"{path}: [budget]")
    if budget.updates is not None and budget.sound_seconds_per_parameter is not None:
        raise StudyError(
            f"{path}: [budget] has both updates and sound_seconds_per_parameter, which contradict each other; "
            "keep one."
        )
    if budget != Budget() and any(UPDATES in grid for grid in grids):
        raise StudyError(
            f"{path}: [budget] gives the updates of every trial, and a [[grid]] has {UPDATES}, which contradict each "
            "other; keep one."
        )
    measures = read_settings(Measures, table.get("measures", {}), f"{path}: [measures]")
    stopping = read_settings(Stopping, table.get("stopping", {}), f"{path}: [stopping]")
    return Study(str(table["name"]), recipe, grids, budget, measures, stopping)


def _tables(grids: Any, path: Path) -> list[dict[str, Any]]:
    if not isinstance(grids, list) or not all(isinstance(grid, dict) for grid in grids):
        raise StudyError(
            f"{path}: grid is {grids!r}, which is no list of tables, so there are no axes; write [[grid]] with double "
            "brackets above each."
        )
    return grids


def trials_of(study: Study, fingerprint: str) -> list[Trial]:
    """The trials of a study on the recordings of that fingerprint, each once, in the order of their seeds.

    So a study that is stopped early has all its points, if with fewer seeds.

    Raises:
        RecipeError: a combination of the axes makes no recipe.
    """
    found: dict[str, Trial] = {}
    for settings in _combinations(study.grids):
        trial = _trial(study, settings, fingerprint)
        found.setdefault(trial.key, trial)
    return sorted(found.values(), key=lambda trial: trial.recipe.training.seed)


def key_of(recipe: Recipe, fingerprint: str) -> str:
    """The key of a recipe on some recordings; its name and licence say nothing of what is learned."""
    meaning = _tables_of(recipe) | {"task": recipe.task.name}
    text = json.dumps([meaning, fingerprint], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fingerprint_of(data: str | Path) -> str:
    """A hash of which recordings a folder holds: by split and kind their paths, labels and sizes.

    Raises:
        AudioError: there is no such folder, or its manifest is wrong.
        StudyError: `train` or `val` has no speech.
    """
    root, lines = Path(data), []
    for split in SPLITS:
        found = list_folder(root, split)
        if split != "test" and not found["speech"]:
            raise StudyError(
                f"{data} has no speech for {split}, so trials could not be "
                f"{'trained' if split == 'train' else 'compared'}; put recordings into speech/{split}."
            )
        lines += [
            f"{split} {kind} {path.relative_to(root).as_posix()} {label} {path.stat().st_size}"
            for kind, entries in found.items()
            for path, label in entries
        ]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _trial(study: Study, settings: dict[str, Any], fingerprint: str) -> Trial:
    table = copy.deepcopy(study.recipe)
    for key, value in settings.items():
        _put(table, key, value)
    where = "a trial with " + (", ".join(f"{key}={value}" for key, value in settings.items()) or "no axes")
    recipe = parse_recipe(to_toml(table), where)
    if (updates := _updates(study.budget, recipe)) is not None:
        _put(table, UPDATES, updates)
    text = to_toml(table)
    recipe = parse_recipe(text, where)
    return Trial(key_of(recipe, fingerprint), settings, text, recipe)


def _updates(budget: Budget, recipe: Recipe) -> int | None:
    if budget.sound_seconds_per_parameter is None:
        return budget.updates
    from linnet.life.parameters import parameter_count

    mixtures = _tables_of(recipe)["mixtures"]
    seconds = budget.sound_seconds_per_parameter * parameter_count(recipe)
    return max(1, math.ceil(seconds / (mixtures["batch"] * mixtures["clip_seconds"])))


def _combinations(grids: Iterable[dict[str, list[Any]]]) -> Iterator[dict[str, Any]]:
    for grid in grids:
        for values in itertools.product(*grid.values()):
            yield dict(zip(grid, values, strict=True))


def _grid(table: dict[str, Any], known: set[str], where: str) -> dict[str, list[Any]]:
    axes: dict[str, list[Any]] = {}
    for name, values in _flat(table):
        key = SHORT_NAMES.get(name, name)
        if key not in known:
            raise StudyError(
                f"{where}: {name!r} is no key of a recipe, so nothing would vary; write table.key, such as "
                f"model.width, or one of {', '.join(SHORT_NAMES)}."
            )
        if not isinstance(values, list) or not values:
            raise StudyError(
                f"{where}: {name} is {values!r}, which is no list of values; give one or more in [ ]."
            )
        if key in axes:
            raise StudyError(f"{where}: {name} is there twice, under two names; remove one.")
        axes[key] = values
    if not axes:
        raise StudyError(f"{where} has no axes, so there is no trial in it; add one, or remove the grid.")
    return axes


def _keys_of(recipe: Recipe) -> set[str]:
    return {f"{table}.{key}" for table, keys in _tables_of(recipe).items() for key in keys}


def _tables_of(recipe: Recipe) -> dict[str, dict[str, Any]]:
    """All tables of a recipe, those of its task among them, defaults filled in."""
    whole = dataclasses.asdict(recipe)
    return {
        name: table
        for name, table in {**whole, **whole["task"]}.items()
        if isinstance(table, dict) and name != "task"
    }


def _flat(table: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, value


def _put(table: dict[str, Any], key: str, value: Any) -> None:
    name, inner = key.split(".")
    table.setdefault(name, {})[inner] = value


def _read_toml(path: Path, what: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        kind = RecipeError if what == "recipe" else StudyError
        raise kind(f"{path} cannot be read as a {what} ({error}); name a TOML file.") from error
