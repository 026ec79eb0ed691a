"""What every task must keep: inherit `TaskContract`, give a small task and a folder of data, and get these tests.

class TestMine(TaskContract):
    task = Mine(...)

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, tmp_path_factory): ...
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from linnet.tasks.contract import Share, Split, Task, sounds_of
from linnet.tasks.registry import kind_of


class Judged(NamedTuple):
    """Of a batch and the least network: its loss, that of a better one, its scores, and its distance to itself."""

    loss: jax.Array
    gradient: jax.Array
    better_loss: jax.Array
    scores: jax.Array
    floor: jax.Array
    near: jax.Array
    far: jax.Array


def leaves(batch: Any) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(batch)]


class TaskContract:
    """The suite; a subclass gives `task` and the fixture `data`, a folder with something in `train` and `val`."""

    task: Task
    in_recipes: str = ""
    """What a recipe calls it, where that is not its name: module:Class."""
    missing: Split | None = "test"
    """The split that the folder has nothing for, if any."""

    @pytest.fixture(scope="class")
    @classmethod
    def batch(cls, data: Path) -> Any:
        return cls.task.examples(data, "train", seed=3).batch(2)

    @pytest.fixture(scope="class")
    @classmethod
    def judged(cls, batch: Any) -> Judged:
        return jax.jit(cls().judge)(batch)

    def outputs(self, features: jax.Array, weight: Any) -> jax.Array:
        """The least network: one number for every output."""
        shape = (*features.shape[:2], self.task.outputs)
        return jax.nn.sigmoid(jnp.broadcast_to(weight + 0 * jnp.mean(features), shape))

    def loss(self, batch: Any, weight: Any) -> Any:
        return self.task.objective(self.answer(batch, weight), batch)

    def answer(self, batch: Any, weight: Any) -> Any:
        return self.task.answer(lambda x: self.outputs(x, weight), batch)

    def judge(self, batch: Any) -> Judged:
        """Everything that is computed of a batch, as one program."""
        value, gradient = jax.value_and_grad(lambda weight: self.loss(batch, weight))(jnp.zeros(()))
        better = self.loss(batch, -1e-2 * jnp.sign(gradient))
        near, far = (self.answer(batch, jnp.asarray(weight)) for weight in (0.0, 1.0))
        scores, floor = self.task.score(near, batch), self.task.floor(batch)
        return Judged(
            value,
            gradient,
            better,
            scores,
            floor,
            self.task.imitate(near, near),
            self.task.imitate(far, near),
        )

    def test_a_recipe_finds_it_by_its_name(self) -> None:
        assert isinstance(self.task, kind_of(self.in_recipes or self.task.name))
        assert hash(self.task) == hash(self.task)

    def test_a_batch_is_a_function_of_its_seed_and_number(self, data: Path, batch: Any) -> None:
        again = self.task.examples(data, "train", seed=3).batch(2)
        other = self.task.examples(data, "train", seed=4).batch(2)
        assert all(np.array_equal(a, b) for a, b in zip(leaves(batch), leaves(again), strict=True))
        assert not all(np.array_equal(a, b) for a, b in zip(leaves(batch), leaves(other), strict=True))

    def test_processes_that_share_a_batch_read_all_of_it(self, data: Path, batch: Any) -> None:
        halves = [
            leaves(self.task.examples(data, "train", seed=3, share=Share(i, 2)).batch(2)) for i in (0, 1)
        ]
        for whole, one, other in zip(leaves(batch), *halves, strict=True):
            assert np.array_equal(whole, np.concatenate([one, other]))

    def test_every_array_of_a_batch_begins_with_its_examples(self, batch: Any) -> None:
        assert {len(leaf) for leaf in leaves(batch)} == {self.task.batch_size("train")}

    def test_a_network_is_shown_as_many_features_as_the_task_says(self, batch: Any) -> None:
        features = self.task.features(batch)
        assert features.shape[1:] == (self.task.batch_size("train"), self.task.inputs)
        assert np.isfinite(features).all()

    def test_the_loss_is_one_finite_number_with_a_finite_gradient(self, judged: Judged) -> None:
        assert judged.loss.shape == ()
        assert np.isfinite(judged.loss)
        assert np.isfinite(judged.gradient)

    def test_a_better_answer_has_a_lower_loss(self, judged: Judged) -> None:
        assert judged.gradient != 0
        assert judged.better_loss < judged.loss

    def test_scores_are_one_number_per_example(self, judged: Judged) -> None:
        for scores in (judged.scores, judged.floor):
            assert np.asarray(scores).shape == (self.task.batch_size("train"),)
            assert np.isfinite(scores).all()

    def test_an_answer_is_nearest_to_itself(self, judged: Judged) -> None:
        assert judged.near < judged.far

    def test_a_second_has_some_frames(self) -> None:
        assert 0 < self.task.frames_per_second < float("inf")

    def test_every_example_has_its_sound(self, batch: Any) -> None:
        if self.task.front_end is None:
            pytest.skip("the task has no front end, so nobody asks for sound")
        sounds = np.asarray(sounds_of(self.task, batch))
        assert sounds.shape[0] == self.task.batch_size("train")
        assert sounds.ndim == 2

    def test_a_folder_without_a_split_is_known(self, data: Path) -> None:
        assert self.task.has(data, "train")
        assert self.task.has(data, "val")
        assert self.missing is None or not self.task.has(data, self.missing)
