"""A small recognizer's whole way: utterances, a few updates, integers, and the same words from every form of them."""

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("matplotlib")

from linnet.ir import quantize_features, read_program, run_codes
from linnet.life.whole import make_model
from linnet.runtime import Ear, Recognizer, Session
from linnet.train.runs import load_best
from tests.tasks.test_keywords import WORDS, write_utterances

pytestmark = pytest.mark.long

RECIPE = """
name = "words"
task = "keywords"
words = ["left", "right", "stop"]
validation_batch = 3

[front_end]
sample_rate_hz = 8000
window = 128
hop = 64
band_ratio = 8

[clips]
batch = 8

[model]
width = 0.0625
layers = 1
recurrence = "gated"

[optimizer]
warmup_updates = 5

[training]
updates = 40
validate_every = 20
validation_clips = 3
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("words")
    (root / "words.toml").write_text(RECIPE)
    return make_model(root / "words.toml", write_utterances(root / "data"), root / "out"), root / "data"


def test_interpreter_and_engine_hear_the_same_codes(made):
    model, program = made[0].model, read_program(made[0].model)
    sound = made[0].example.samples
    heard = Ear(Recognizer(model).model)
    codes = quantize_features(program, Ear(Recognizer(model).model).features(sound))
    assert np.array_equal(heard.push(sound), run_codes(program, codes))
    assert np.array_equal(Session(model).run(codes), run_codes(program, codes))


def test_the_model_file_knows_its_words_and_its_scores(made):
    recognizer, card = Recognizer(made[0].model), read_program(made[0].model).metadata.card
    assert recognizer.words == WORDS
    assert set(card["scores"]["val"]) == {"clips", "chance_accuracy", "float_accuracy", "integer_accuracy"}
    assert card["accounting"]["measured_on"] == "3 mixtures of val"
    assert made[0].scores[0].examples == 3


def test_the_integers_answer_nearly_as_the_floats_do(made):
    recipe, trained, _ = load_best(made[0].run)
    batch = recipe.task.examples(made[1], "val", seed=0).batch(0)
    floats = np.asarray(recipe.task.answer(trained.folded(recipe).apply, batch))
    integers = recipe.task.answer_of(Recognizer(made[0].model).model, batch)
    assert np.abs(floats - integers).max() < 0.02
