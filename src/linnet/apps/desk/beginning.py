"""What a training starts from, as a user names it: the folder of a run, a model file, or a model that ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from linnet.apps.desk.models import model_path
from linnet.apps.desk.refusal import import_from_extra

INITIAL_HELP = (
    "A trained run, a model file or the name of a model that ships, to start from; of the same size as the recipe's. "
    "Left out, training starts at random."
)


def require_initial(named: str | None) -> None:
    """Refuse what is named, but neither a folder, nor a file, nor a model that ships."""
    if named is not None and not Path(named).is_dir():
        model_path(named)


def initial_of(named: str | None, recipe: Path, data: Path) -> Any:
    """Return what `Ancestors.initial` takes.

    Raises:
        Refusal: it is neither a folder, nor a file, nor a model that ships.
        TrainingError: the file's model is not the recipe's.
    """
    if named is None:
        return None
    if Path(named).is_dir():
        return Path(named)
    path = model_path(named)
    lifted = import_from_extra("linnet.life.lifted", extra="train", why="training needs JAX")
    return lifted.start_of_file(path, recipe, data)
