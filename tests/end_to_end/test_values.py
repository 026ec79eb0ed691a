"""The whole way of a model that takes no sound: values in, a few updates, integers, and the commands that take it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("matplotlib")

from linnet.ir import quantize_features, read_program, run_codes
from linnet.life.lifted import start_of_file
from linnet.life.measured import measure_model
from linnet.life.whole import make_model
from linnet.runtime import Model, Session
from linnet.train.recipe import read_recipe
from linnet.train.runs import load_best

pytestmark = pytest.mark.long
EXAMPLES = Path(__file__).parents[2] / "examples"

RECIPE = """
name = "pulses"
task = "tests.end_to_end.pulses:Pulses"

[model]
width = 0.0625
layers = 1
recurrence = "gated"

[optimizer]
learning_rate = 2e-2
warmup_updates = 5

[training]
updates = 200
validate_every = 100
validation_clips = 64
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("pulses")
    (root / "pulses.toml").write_text(RECIPE)
    return make_model(root / "pulses.toml", root, root / "out")


def command(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "linnet", *map(str, words)], capture_output=True, text=True, check=False
    )


def test_it_learns_and_its_integers_answer_nearly_as_its_floats(made):
    recipe, trained, _ = load_best(made.run)
    batch = recipe.task.examples(made.run, "val", seed=0).batch(0)
    floats = np.asarray(recipe.task.answer(trained.folded(recipe).apply, batch))
    assert np.abs(floats - recipe.task.answer_of(Model(made.model), batch)).max() < 0.02
    assert made.scores[0].by_integers > made.scores[0].floor + 0.2
    assert made.example is None


def test_its_file_says_that_there_is_no_sound(made):
    program, model = read_program(made.model), Model(made.model)
    assert program.metadata.front_end.frames_per_second == model.info.frames_per_second == 125
    assert not model.info.is_listener
    accounting = program.metadata.card["accounting"]
    assert accounting["measured_on"] == "8 sequences of val"
    assert accounting["seconds"] == round(8 * 24 / 125, 3)
    values = np.random.default_rng(1).normal(0, 1, (50, 2))
    codes = quantize_features(program, values)
    assert np.array_equal(Session(model).run(codes), run_codes(program, codes))


def test_it_can_be_measured_and_trained_on(made):
    recipe = read_recipe(made.run / "recipe.toml")
    measured = measure_model(made.model, recipe, made.run, perceptual=True)
    assert measured.values["frames_per_second"] == 125
    assert measured.example is not None
    assert measured.example.codes.shape == (24, 2)
    assert start_of_file(made.model, made.run / "recipe.toml", made.run).about["name"] == "pulses"


def test_commands_show_it_or_say_why_they_cannot_take_it(made, tmp_path):
    shown = json.loads(command("inspect", made.model, "--json").stdout)
    assert shown["front_end"]["frames_per_second"] == 125
    card = command("inspect", made.model).stdout
    assert "none: the caller gives the values of each frame" in card
    assert "125 a second" in card
    assert command("export", "c", made.model, "-o", tmp_path / "pulses.c").returncode == 0
    header = (tmp_path / "pulses.h").read_text()
    assert "PULSES_INPUT_EXPONENT" in header
    assert "PULSES_SAMPLE_RATE_HZ" not in header
    sound = EXAMPLES / "noisy" / "fan.wav"
    for words in (
        ("denoise", sound, "-o", tmp_path / "clean.wav", "--model", made.model),
        ("listen", sound, "--model", made.model),
        ("inspect", made.model, "--audio", sound),
        ("estimate", made.model, "--audio", sound),
        ("export", "c", made.model, "-o", tmp_path / "fast.c", "--sample-rate-hz", 48000),
    ):
        refused = command(*words)
        assert refused.returncode == 2, (words, refused.stdout, refused.stderr)
        assert "sound" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not (tmp_path / "clean.wav").exists()
