"""Denoising keeps the contract of tasks."""

import pytest

pytest.importorskip("jax")

from tests.tasks.contract import TaskContract
from tests.train.small import small_recipe, write_recordings


class TestDenoise(TaskContract):
    task = small_recipe().task

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, tmp_path_factory):
        return write_recordings(tmp_path_factory.mktemp("recordings"))
