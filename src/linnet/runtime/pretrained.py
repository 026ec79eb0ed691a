"""The models that lie inside the package: nothing is ever downloaded."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from linnet.runtime.model import ModelError

DEFAULT_NAME = "denoise-bands-large"
"""The model that cleans where none is named."""

DEFAULT_RECOGNIZER = "keywords-sparse"
"""The model that listens where none is named."""

DEFAULT_TEXT_MODEL = "text-english"
"""The model that reads text where none is named."""

_SUFFIX = ".gguf"


def pretrained_names(task: str = "denoise") -> list[str]:
    """Names of the models of a task, in alphabetical order; each has a card beside it.

    Those of "denoise" are for `Denoiser.from_pretrained`, those of "keywords" for `Recognizer.from_pretrained`, those
    of "text" for `TextModel.from_pretrained`. The name of a model that ships begins with its task.
    """
    return [name for name in all_pretrained_names() if name.startswith(f"{task}-")]


def all_pretrained_names() -> list[str]:
    """Names of the models of all tasks, in alphabetical order."""
    folder = _folder()
    if not folder.is_dir():
        return []
    return sorted(item.name.removesuffix(_SUFFIX) for item in folder.iterdir() if item.name.endswith(_SUFFIX))


def pretrained_bytes(name: str) -> bytes:
    """The model file of this name.

    Raises:
        ModelError: no model of this name ships with the package.
    """
    names = all_pretrained_names()
    if name not in names:
        offer = f"choose one of {', '.join(names)}" if names else "none ships with this package"
        raise ModelError(
            f"No model named {name!r} ships with Linnet, so it cannot be loaded; {offer}, or give the path of a "
            "model file to Denoiser, Recognizer or TextModel."
        )
    return (_folder() / f"{name}{_SUFFIX}").read_bytes()


def pretrained_notes(name: str) -> str:
    """The card of a model that ships, as Markdown for people; empty where it has none."""
    notes = _folder() / f"{name}.md"
    return notes.read_text("utf-8") if notes.is_file() else ""


def _folder() -> Traversable:
    return files("linnet") / "models"
