"""Writes tested-with.txt: the versions that this environment has of everything `make test` and `make check` install.

`python .ci/freeze.py > .ci/tested-with.txt` in an environment whose tests pass. pip takes the file as constraints.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for: to build, to run, and what developers add."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    named = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for extra in ("plot", "train", "test", "dev"):
        named += extras[extra]
    return [Requirement(text) for text in named if not re.match(r"linnet\b", text)]


def closure(requirements: list[Requirement]) -> dict[str, str]:
    """Name and version of these and of all that they need, as installed here."""
    found: dict[str, str] = {}
    left = [(each.name, frozenset(each.extras)) for each in requirements]
    seen = set()
    while left:
        name, extras = left.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if (key, extras) in seen:
            continue
        seen.add((key, extras))
        try:
            found[key] = version(name)
        except PackageNotFoundError:
            print(f"{name} is not installed here, so it is left out", file=sys.stderr)
            continue
        for text in requires(name) or ():
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in (*extras, "")):
                left.append((need.name, frozenset(need.extras)))
    return dict(sorted(found.items()))


if __name__ == "__main__":
    print("# What continuous integration tests with; written by .ci/freeze.py.")
    for name, installed in closure(wanted()).items():
        print(f"{name}=={installed.partition('+')[0]}")
