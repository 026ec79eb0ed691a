"""The list of branches that no test can take, unreachable.txt: read, and held against what was counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("unreachable.txt")

Branch = tuple[str, int, int]
"""File within engine/src, line, and which branch of it."""


@dataclass(frozen=True)
class Entry:
    """A line of the list."""

    file: str
    line: str
    index: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, branch {self.index} of `{self.line}`"


def read_entries(text: str) -> list[Entry]:
    """The entries of a list; ValueError for a line that is none. The line of C may hold ` | `, the reason may not."""
    entries = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) < 4 or not all(parts) or not parts[-2].isdecimal():
            raise ValueError(
                f"line {number} of the list came as {line!r}; give file | line of C | branch | reason."
            )
        entries.append(Entry(parts[0], " | ".join(parts[1:-2]), int(parts[-2]), parts[-1]))
    return entries


def hold(
    entries: Iterable[Entry],
    branches: Collection[Branch],
    taken: Callable[[Branch], bool],
    line_of: Callable[[Branch], str],
) -> tuple[frozenset[Branch], list[str]]:
    """The branches that the entries name, and what is wrong with the entries: nothing, where the list is honest."""
    named: set[Branch] = set()
    wrong = []
    for entry in entries:
        found = [
            b for b in branches if (b[0], b[2]) == (entry.file, entry.index) and line_of(b) == entry.line
        ]
        if len(found) != 1:
            wrong.append(
                f"unreachable.txt names {len(found)} branches by {entry}; name one that exists, or remove it."
            )
        elif found[0] in named:
            wrong.append(f"unreachable.txt names {entry} twice; remove one.")
        elif taken(found[0]):
            wrong.append(f"unreachable.txt names {entry}, which a test takes; remove it.")
        else:
            named.add(found[0])
    return frozenset(named), wrong
