"""What the tests of a whole run share: recordings, a recipe file, and updates that are compiled once."""

from functools import cache
from pathlib import Path

import pytest

from tests.train.small import SMALL, write_recordings


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recordings(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="session")
def recipe_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="session")
def compiled_once():
    """The loop with functions that are compiled once for all runs of the same recipe."""
    from linnet.train import loop

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "update_function", cache(loop.update_function))
        patch.setattr(loop, "score_function", cache(loop.score_function))
        yield
