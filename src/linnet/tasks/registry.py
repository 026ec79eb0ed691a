"""The tasks by the names that recipes give them. A task is imported when it is asked for.

A name with a colon is that of a class in somebody's own module, "blinks:Blinks". Only recipes that a user names, and
runs made of them, come here: the recipe inside a model file is never imported from.
"""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from linnet.tasks.contract import Task

DEFAULT = "denoise"
"""Of recipes that name none: those written before there was another."""

_PLACES = {
    "denoise": ("linnet.tasks.denoise.task", "Denoise"),
    "ecg": ("linnet.tasks.ecg.task", "Ecg"),
    "keywords": ("linnet.tasks.keywords.task", "Keywords"),
    "pixels": ("linnet.tasks.pixels.task", "Pixels"),
    "text": ("linnet.tasks.text.task", "Text"),
}


def task_names() -> tuple[str, ...]:
    """All names."""
    return tuple(_PLACES)


def kind_of(name: str) -> type[Task]:
    """The dataclass of a task, whose fields are its tables of a recipe.

    Args:
        name: that of a task of Linnet, or "module:Class"; such a module is looked for where Python looks, then in the
            current folder, and runs as any code does.

    Raises:
        ValueError: there is no such task, its module cannot be imported, or the class is no task.
    """
    if ":" in name:
        return _own(name)
    if name not in _PLACES:
        raise ValueError(
            f"task={name!r} is none that this Linnet has; choose one of {', '.join(_PLACES)}, or name a class of your "
            "own as module:Class."
        )
    module, kind = _PLACES[name]
    found: type[Task] = getattr(import_module(module), kind)
    return found


def _own(name: str) -> type[Task]:
    module, _, kind = name.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), kind)):
        raise ValueError(f"task={name!r} names no class of a module; write it as package.module:Class.")
    try:
        found = getattr(_imported(module), kind, None)
    except (ImportError, SyntaxError) as error:
        raise ValueError(
            f"task={name!r} is in a module that cannot be imported ({error}); start Linnet in the folder of "
            f"{module}.py, or install it, and correct what is wrong there."
        ) from error
    problem = _problem(found)
    if problem:
        raise ValueError(
            f"task={name!r} {problem}, so it is no task; look at linnet/tasks/contract.py for what a task has."
        )
    own: type[Task] = found  # type: ignore[assignment]  # it has all that a task has
    return own


def _imported(module: str) -> ModuleType:
    """A module from where Python looks; from the current folder where it is not found there."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        here = str(Path.cwd())
        if error.name != module.partition(".")[0] or here in sys.path:
            raise
        sys.path.append(here)  # behind all others, so that nothing there hides a module that is installed
    return import_module(module)


def _problem(found: object) -> str | None:
    """What keeps a class from being a task, in words; None where nothing does."""
    if not isinstance(found, type) or not is_dataclass(found):
        return "is not a dataclass that the module has"
    if getattr(found, "__hash__", None) is None:
        return "cannot be hashed, as compiled updates need, for it is not frozen"
    has = {each.name for each in fields(found)} | set(dir(found))
    missing = [each for each in vars(Task) if not each.startswith("_") and each not in has]
    return f"lacks {', '.join(missing)}" if missing else None
