"""The points of a study: trials that differ by their seed alone, with what they cost and how good each clip came out.

Points of one series differ by their width alone. Needs no JAX: it reads results as ledger.py keeps them.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED, WIDTH, DENSITY = "training.seed", "model.width", "sparsity.density"

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Cost:
    """What a point costs, a mean over its seeds: a name for people, a unit, and how it is read from a result."""

    name: str
    unit: str
    of: Callable[[dict[str, Any]], float]


def _macs_per_second(result: dict[str, Any]) -> float:
    return float(result["accounting"]["effective_macs_per_frame"] * result["frames_per_second"] / 1e6)


COSTS = {
    "macs_per_second": Cost("effective multiplications", "million a second", _macs_per_second),
    "stored_bytes": Cost(
        "weights as stored", "kB", lambda result: float(result["memory"]["stored_bytes"] / 1000)
    ),
    "step_us": Cost("time of a step", "µs", lambda result: float(result["step_us"]["minimum"])),
}


@dataclass(frozen=True)
class Point:
    """Trials of the same settings: `scores` are float64 [seeds, clips] in dB, by the integer engine."""

    series: str
    settings: dict[str, Any]
    costs: dict[str, float]
    scores: Scores
    trials: tuple[dict[str, Any], ...]

    @property
    def quality_db(self) -> float:
        """The mean over seeds and clips."""
        return float(self.scores.mean())


def points_of(results: Iterable[dict[str, Any]], split: str) -> list[Point]:
    """The points that some results make on `split`; those without it are left out."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for result in results:
        if split in result["by_clip"]:
            groups[repr(sorted(_without(result["settings"], SEED).items()))].append(result)
    points = [
        _point(sorted(group, key=lambda each: str(each["settings"].get(SEED))), split)
        for group in groups.values()
    ]
    return sorted(points, key=lambda point: (point.series, point.costs["macs_per_second"]))


def mixed_settings(results: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Settings under which trials of different recipes stand, which are no seeds of one another; None where none do."""
    known: dict[str, dict[str, Any]] = {}
    for result in results:
        recipe = _without(tomllib.loads(result["recipe"]), "name")
        recipe["training"] = _without(recipe.get("training", {}), "seed")
        settings = _without(result["settings"], SEED)
        if known.setdefault(repr(sorted(settings.items())), recipe) != recipe:
            return settings
    return None


def series_of(points: Iterable[Point]) -> dict[str, list[Point]]:
    """Points by their series, each by rising multiplications."""
    found: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        found[point.series].append(point)
    return dict(found)


def reference_of(series: Sequence[str] | dict[str, Any]) -> str | None:
    """The series that others are compared with: the dense one, where there is one."""
    names = list(series)
    return next((name for name in names if name.startswith("dense")), None)


def label(settings: dict[str, Any]) -> str:
    """A series for people: "dense", "90 % sparse", and what else was varied."""
    density = settings.get(DENSITY)
    words = []
    if density is not None:
        words.append("dense" if density == 1 else f"{100 * (1 - density):.3g} % sparse")
    words += [f"{key.split('.')[-1]} {value}" for key, value in settings.items() if key != DENSITY]
    return ", ".join(words) or "all"


def _point(group: list[dict[str, Any]], split: str) -> Point:
    settings = _without(group[0]["settings"], SEED)
    costs = {name: float(np.mean([cost.of(each) for each in group])) for name, cost in COSTS.items()}
    scores = np.array([each["by_clip"][split][each["measure"]] for each in group], np.float64)
    return Point(label(_without(settings, WIDTH)), settings, costs, scores, tuple(group))


def _without(settings: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != key}
