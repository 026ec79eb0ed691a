"""How often JAX compiles, for tests of what must not be compiled again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import jax

_counted = 0


def _hear(event: str, duration_secs: float, **kwargs: str | int) -> None:
    global _counted
    _counted += event.endswith("backend_compile_duration")


jax.monitoring.register_event_duration_secs_listener(_hear)  # there is no way to stop it


def compiled_text(function: Callable[..., object], *operands: object) -> str:
    """What XLA makes of a function for operands like these."""
    text = jax.jit(function).lower(*operands).compile().as_text()
    assert text is not None
    return text


@contextmanager
def counted() -> Iterator[list[int]]:
    """A list that holds, after the statement, how many programs were compiled in it, or read from a cache of them."""
    before = _counted
    found: list[int] = []
    yield found
    found.append(_counted - before)
