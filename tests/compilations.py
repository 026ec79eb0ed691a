"""How often JAX compiles, for tests of what must not be compiled again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import jax

_counted = 0


def _hear(name: str, seconds: float, **_: object) -> None:
    global _counted
    _counted += name.endswith("backend_compile_duration")


jax.monitoring.register_event_duration_secs_listener(_hear)  # there is no way to stop it


@contextmanager
def counted() -> Iterator[list[int]]:
    """A list that holds, after the statement, how many programs were compiled in it, or read from a cache of them."""
    before, found = _counted, []
    yield found
    found.append(_counted - before)
