"""The tasks by the names that recipes give them. A task is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module

from linnet.tasks.contract import Task

DEFAULT = "denoise"
"""Of recipes that name none: those written before there was another."""

_PLACES = {
    "denoise": ("linnet.tasks.denoise.task", "Denoise"),
    "keywords": ("linnet.tasks.keywords.task", "Keywords"),
}


def task_names() -> tuple[str, ...]:
    """All names."""
    return tuple(_PLACES)


def kind_of(name: str) -> type[Task]:
    """The dataclass of a task, whose fields are its tables of a recipe.

    Raises:
        ValueError: there is no such task.
    """
    if name not in _PLACES:
        raise ValueError(f"task={name!r} is none that this Linnet has; choose one of {', '.join(_PLACES)}.")
    module, kind = _PLACES[name]
    found: type[Task] = getattr(import_module(module), kind)
    return found
