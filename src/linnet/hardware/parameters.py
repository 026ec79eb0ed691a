"""A chip as data: limits and cost parameters from one TOML file, each with its range, unit, kind and source.

Users replace a file to estimate another chip. What the numbers are used for is the business of mapping.py, cost.py and
processors.py.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
JOULES = {"J": 1.0, "mJ": 1e-3, "uJ": 1e-6, "nJ": 1e-9, "pJ": 1e-12}
RATES = {"W": 1.0, "mW": 1e-3, "Hz": 1.0, "MHz": 1e6, "GB/s": 1e9, "1/s": 1.0}
COUNTS = {"1": 1.0, "bits": 1.0, "bytes": 1.0, "kB": 1024.0}
UNITS = SECONDS | JOULES | RATES | COUNTS
KINDS = ("measured", "published", "derived", "guess")
CASES = ("low", "default", "high")
ARCHITECTURES = ("mesh", "processor", "gpu", "operations")


@dataclass(frozen=True)
class Quantity:
    """A number in SI units with its range, and where it comes from."""

    low: float
    default: float
    high: float
    unit: str
    kind: str
    source: str

    def at(self, case: str) -> float:
        """The value for "low", "default" or "high"."""
        return float(getattr(self, case))


@dataclass(frozen=True)
class Chip:
    """A name to call it by, a title to print, its architecture, and its quantities by name."""

    name: str
    title: str
    architecture: str
    quantities: Mapping[str, Quantity]

    def __getitem__(self, name: str) -> Quantity:
        """A quantity by name; ValueError where the chip's file has none."""
        if name not in self.quantities:
            raise ValueError(
                f"{self.name} has no parameter {name}, which its architecture ({self.architecture}) needs; add a "
                f"table [{name}] to its file."
            )
        return self.quantities[name]

    def count(self, name: str) -> int:
        """A limit that is a whole number."""
        return round(self[name].default)


def chip_names() -> tuple[str, ...]:
    """The chips whose files ship, in alphabetical order."""
    folder = files("linnet.hardware") / "chips"
    return tuple(sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_chip(name: str | Path) -> Chip:
    """A chip that ships, by its name, or one described in a TOML file.

    Raises:
        ValueError: there is no such chip, or its file lacks a unit, a kind or a source.
    """
    if str(name) in chip_names():
        text = (files("linnet.hardware") / "chips" / f"{name}.toml").read_text("utf-8")
        return parse_chip(text, name=str(name))
    path = Path(name)
    if not path.is_file():
        raise ValueError(
            f"{name} is neither a chip that ships nor a file, so nothing can be estimated for it; choose one of "
            f"{', '.join(chip_names())}, or name a TOML file."
        )
    return parse_chip(path.read_text("utf-8"), name=path.stem)


def parse_chip(text: str, *, name: str) -> Chip:
    """The chip that a TOML text describes.

    Raises:
        ValueError: the text is not TOML, or a quantity is incomplete.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the file of chip {name} is not TOML ({error}); correct it.") from error
    architecture = table.pop("architecture", None)
    if architecture not in ARCHITECTURES:
        raise ValueError(
            f"chip {name} has architecture {architecture!r}, for which there is no model; choose one of "
            f"{', '.join(ARCHITECTURES)}."
        )
    title = str(table.pop("title", name))
    return Chip(name, title, architecture, {key: _quantity(name, key, entry) for key, entry in table.items()})


def _quantity(chip: str, name: str, entry: Any) -> Quantity:
    where = f"{name} of chip {chip}"
    if not isinstance(entry, dict):
        raise ValueError(
            f"{where} came as {entry!r}, which has no unit, kind or source; write a table [{name}] with them."
        )
    unit, kind, source = (entry.get(key) for key in ("unit", "kind", "source"))
    if unit not in UNITS:
        what = "has no unit" if unit is None else f"has the unknown unit {unit!r}"
        raise ValueError(f"{where} {what}, so its number means nothing; choose one of {', '.join(UNITS)}.")
    if kind not in KINDS or not isinstance(source, str) or not source:
        raise ValueError(
            f"{where} has kind {kind!r} and source {source!r}, so it cannot be judged; give a kind of "
            f"{', '.join(KINDS)}, and a source in words."
        )
    single = entry.get("value")
    numbers: list[Any] = [entry.get(case, single) for case in CASES]
    if not all(_is_number(number) for number in numbers) or sorted(numbers) != numbers:
        raise ValueError(
            f"{where} has low, default, high = {numbers}, which is no range; give `value`, or three finite numbers "
            "in this order, none below 0."
        )
    low, default, high = (float(number) * UNITS[unit] for number in numbers)
    return Quantity(low, default, high, unit, kind, source)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value >= 0
