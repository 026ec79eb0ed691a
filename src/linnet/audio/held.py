"""Recordings kept in memory between readings, for work that reads the same folder many times, such as a study.

Outside of `holding` nothing is kept. sources.py asks here before it reads; what stands in a folder must not change
meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

Shelf = dict[Hashable, Any]
"""By what was asked for: the recordings that answered it."""

_shelves: list[Shelf] = []


@contextmanager
def holding(shelf: Shelf | None = None) -> Iterator[Shelf]:
    """Keep what is read inside the statement on a shelf, which is yielded; one that is given is added to.

    Without one, inside of another such statement, the shelf is that of the other.
    """
    if shelf is None:
        shelf = _shelves[-1] if _shelves else {}
    _shelves.append(shelf)
    try:
        yield shelf
    finally:
        _shelves.pop()


def read_once(key: Hashable, read: Callable[[], Any]) -> Any:
    """What `read` returns: from the innermost shelf where it has the key; without a shelf it is read each time."""
    if not _shelves:
        return read()
    shelf = _shelves[-1]
    if key not in shelf:
        shelf[key] = read()
    return shelf[key]
