"""A teacher must tell the same things as its pupil."""

import pytest

pytest.importorskip("jax")

from linnet.train import runs
from linnet.train.recipe import parse_recipe
from linnet.train.runs import TrainingError, teacher_of

RECIPE = """
name = "x"
task = "keywords"
words = ["a", "b"]
[model]
width = 0.0625
layers = 1
recurrence = "gated"
[distillation]
weight = 0.5
"""


class Kept:
    def folded(self, recipe):
        return None


@pytest.fixture
def taught(monkeypatch):
    """Give a teacher of two words without training one."""
    monkeypatch.setattr(runs, "load_best", lambda folder: (parse_recipe(RECIPE), Kept(), {}))


@pytest.mark.parametrize("words", ['["a", "c"]', '["b", "a"]', '["a"]'])
def test_a_teacher_of_other_words_is_refused(taught, words):
    recipe = parse_recipe(RECIPE.replace('["a", "b"]', words))
    with pytest.raises(TrainingError, match="answers a, b, the recipe asks for"):
        teacher_of(recipe, "run")


def test_a_teacher_of_the_same_words_is_taken(taught):
    assert teacher_of(parse_recipe(RECIPE), "run") is not None
