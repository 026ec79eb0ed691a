"""Digits all the way: images of noise, a few updates, integers, and the same codes from every form of them."""

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("matplotlib")

from linnet.ir import quantize_features, read_program, run_codes
from linnet.life.floats import float_network
from linnet.life.whole import make_model
from linnet.runtime import Model, Session
from linnet.tasks.contract import Finite
from tests.tasks.test_pixels import write_images

pytestmark = pytest.mark.long

RECIPE = """
name = "digits"
task = "pixels"
batch = 4
validation_batch = 2
order_seed = 5

[model]
width = 0.0625
layers = 1

[training]
updates = 6
validate_every = 3
validation_clips = 2
"""


def test_floats_interpreter_and_engine_answer_alike_at_the_last_of_784_pixels(tmp_path):
    (tmp_path / "digits.toml").write_text(RECIPE)
    write_images(tmp_path, count=5, split="test")
    made = make_model(tmp_path / "digits.toml", write_images(tmp_path), tmp_path / "out")
    program = read_program(made.model)
    task, floats = float_network(made.run)
    batch = task.examples(tmp_path, "val", seed=0).batch(0)
    codes = quantize_features(program, batch.pixels[0][:, None])
    expected = run_codes(program, codes)
    assert np.array_equal(Session(made.model).run(codes), expected)
    examples = task.examples(tmp_path, "test", seed=0)
    assert isinstance(examples, Finite)
    tested = list(examples.once())
    right = [task.score(task.answer_of(Model(made.model), each.batch), each.batch) for each in tested]
    card = program.metadata.card["scores"]
    assert (card["val"]["clips"], "all_of_split" in card["val"]) == (2, False)
    assert (card["test"]["clips"], card["test"]["all_of_split"]) == (5, True)
    assert card["test"]["integer_accuracy"] == round(float(np.mean(np.concatenate(right))), 3)
    answers = task.answer_of(Model(made.model), batch)
    assert np.array_equal(answers[0], expected[-1].astype(np.float32) / 32768)
    assert np.abs(answers[0] - floats(batch.pixels[0][:, None])[-1]).max() < 0.02
