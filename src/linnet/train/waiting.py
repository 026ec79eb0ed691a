"""How long the devices had nothing to do because the next batch was not there; and how far ahead of them we run."""

import time
from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol, TypeVar

Batches = TypeVar("Batches")

AHEAD = (
    2  # updates handed to the devices before the first is done: enough to keep them busy, few batches held
)


class Underway(Protocol):
    """What the devices work on: an array of JAX."""

    def block_until_ready(self) -> object:
        """Wait until it is there."""


class Waiting:
    """Takes batches from a loader and measures idle time since it was last asked."""

    def __init__(self) -> None:
        """Start the clock."""
        self._running: deque[Any] = deque()  # arrays; their is_ready() is not in JAX's declared types
        self._idle_s, self._since = 0.0, time.monotonic()

    def next(self, batches: Iterator[Batches]) -> Batches:
        """The next batch. Time spent here counts as idle where the devices were done before it came.

        An upper bound: they may have become idle only during the wait.
        """
        began = time.monotonic()
        batch = next(batches)
        waited = time.monotonic() - began
        if all(result.is_ready() for result in self._running):
            self._idle_s += waited
        return batch

    def started(self, result: Underway) -> None:
        """Note what the devices now work on, and wait until no more than `AHEAD` of it is unfinished."""
        self._running.append(result)
        if len(self._running) > AHEAD:
            self._running.popleft().block_until_ready()

    def share(self) -> float:
        """Idle time as a share (0..1) of all time since the last call."""
        now = time.monotonic()
        share = self._idle_s / max(now - self._since, 1e-9)
        self._idle_s, self._since = 0.0, now
        return min(share, 1.0)
