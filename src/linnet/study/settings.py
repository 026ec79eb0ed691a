"""What a study file says beside its recipe and axes: the tables [budget], [measures] and [stopping]."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from linnet.quant.scheme import SCHEMES

Kind = TypeVar("Kind")


class StudyError(ValueError):
    """A study that cannot be run: what came, why not, what to do."""


@dataclass(frozen=True)
class Budget:
    """How long every trial trains: so many updates, or so many seconds of sound for every parameter; one of them."""

    updates: int | None = None
    sound_seconds_per_parameter: float | None = None


@dataclass(frozen=True)
class Measures:
    """What is measured beyond SI-SNR, products, bytes, activity and time."""

    perceptual: bool = False
    """PESQ and STOI of every clip, where their packages are installed."""
    schemes: tuple[str, ...] = ()
    """Other schemes by which every trained model is rounded and scored, too, such as W8A8; by the float twin, mean
    SI-SNR only."""


@dataclass(frozen=True)
class Stopping:
    """Which trials are ended early, see stopping.py; without rungs none is."""

    rungs: tuple[float, ...] = ()
    """Shares of a trial's updates, rising, at which it is compared; each at the next validation."""
    keep: float = 0.5
    """The share that goes on from a rung."""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _rising_shares(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(map(_number, value))
        and all(a < b for a, b in itertools.pairwise((0.0, *value, 1.0)))
    )


def _schemes(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name in SCHEMES for name in value)


CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "updates": (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 1,
        "a whole number of 1 or more",
    ),
    "sound_seconds_per_parameter": (lambda value: _number(value) and value > 0, "seconds, more than 0"),
    "perceptual": (lambda value: isinstance(value, bool), "true or false, without quotes"),
    "schemes": (_schemes, f"a list of some of {', '.join(SCHEMES)}"),
    "rungs": (_rising_shares, "rising shares between 0 and 1, such as [0.25, 0.5]"),
    "keep": (lambda value: _number(value) and 0 < value < 1, "a share between 0 and 1, such as 0.5"),
}
"""By key: whether it may have a value, and which it may have."""


def read_settings(kind: type[Kind], table: Any, where: str) -> Kind:
    """The table of a study file that `kind` describes.

    Raises:
        StudyError: a key is unknown, or has a value that it cannot have.
    """
    names = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if not isinstance(table, dict) or set(table) - names:
        raise StudyError(f"{where} is {table!r}; known keys are {', '.join(sorted(names))}.")
    for key, value in table.items():
        holds, wanted = CHECKS[key]
        if not holds(value):
            raise StudyError(f"{where} has {key}={value!r}, which it cannot be; give {wanted}.")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})
