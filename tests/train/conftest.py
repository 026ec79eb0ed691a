"""What the tests of a whole run share: recordings, a recipe file, and updates that are compiled once."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.train.small import SMALL, write_recordings


class Compiled(NamedTuple):
    """The two functions of the loop, which remember what they gave."""

    update_function: Callable[..., Any]
    score_function: Callable[..., Any]


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recordings(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="session")
def recipe_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="session")
def compiled_once() -> Iterator[Compiled]:
    """The loop with functions that are compiled once for all runs of the same recipe."""
    from linnet.train import loop, step

    compiled = Compiled(cache(step.update_function), cache(step.score_function))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "update_function", compiled.update_function)
        patch.setattr(loop, "score_function", compiled.score_function)
        yield compiled
