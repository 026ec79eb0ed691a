"""What a model file is scored on: all of `test` once where it ends, and the examples of validation elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

pytest.importorskip("jax")

from linnet.life.scores import Examined, Score, ScoringError, examined, mean_of_scores
from linnet.tasks.contract import Finite
from linnet.tasks.pixels.task import Pixels
from linnet.train.recipe import parse_recipe
from tests.tasks.test_pixels import write_images
from tests.train.small import SMALL, write_recordings

PIXELS = """
name = "digits"
task = "pixels"
validation_batch = 4

[training]
validation_clips = 8
"""


class Numbers(NamedTuple):
    value: np.ndarray


def value(batch: Numbers) -> np.ndarray:
    return batch.value


def test_every_example_of_a_test_that_ends_is_scored_once(tmp_path: Path) -> None:
    recipe = parse_recipe(PIXELS)
    found = examined(recipe, write_images(tmp_path, count=11, split="test"), "test")
    assert found.whole
    assert [len(batch.digit) for batch in found.batches] == [4, 4, 3]
    assert np.concatenate([batch.digit for batch in found.batches]).tolist() == [*range(10), 0]
    assert found.counts.tolist() == [1] * 11


def test_of_val_it_is_what_training_validates_by(tmp_path: Path) -> None:
    found = examined(parse_recipe(PIXELS), write_images(tmp_path, count=24), "val")
    assert not found.whole
    assert np.concatenate([batch.digit for batch in found.batches]).tolist() == [2, 3, 4, 5, 6, 7, 8, 9]
    assert found.counts.tolist() == [1] * 8


def test_mixtures_have_no_end_so_as_many_as_in_validation_are_scored(tmp_path: Path) -> None:
    recipe, data = parse_recipe(SMALL), write_recordings(tmp_path)
    for kind in ("speech", "noise"):
        (data / kind / "val").rename(data / kind / "test")
    assert not isinstance(recipe.task.examples(data, "test", seed=0), Finite)
    found = examined(recipe, data, "test")
    assert not found.whole
    assert len(found.counts) == 4


def test_examples_count_in_the_mean_as_they_say() -> None:
    batches = [Numbers(np.array([1.0, 2.0])), Numbers(np.array([4.0]))]
    assert mean_of_scores(value, Examined(batches, np.array([2.0, 1.0, 1.0]), whole=True)) == 2
    with pytest.raises(ScoringError, match=r"3 examples of test .* add some"):
        mean_of_scores(value, Examined(batches, np.zeros(3), whole=True))


def test_card_and_line_say_that_it_is_all_of_a_split() -> None:
    part = Score("val", 96, False, 0.1, 0.5, 0.4, Pixels.measure)
    whole = part._replace(split="test", examples=1200, whole=True)
    scores = {"chance_accuracy": 0.1, "float_accuracy": 0.5, "integer_accuracy": 0.4}
    assert part.entry == {"clips": 96} | scores
    assert whole.entry == {"clips": 1200, "all_of_split": True} | scores
    assert "of 96 clips" in part.text
    assert "of all 1200 clips" in whole.text
