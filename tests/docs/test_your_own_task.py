"""The page "Your own task in an hour": its files are the example's, its task keeps the contract, its commands run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")

from linnet.train.fitting import is_own, refuse_misfit, refuse_no_examples
from linnet.train.runs import TrainingError
from tests.apps.test_documented_commands import blocks, command_lines
from tests.source_tree import ROOT
from tests.tasks.contract import TaskContract

PAGE, EXAMPLE = ROOT / "docs/learn/your_own_task.md", ROOT / "examples/own_task"
FILES = {"gait.py": "python", "gait.toml": "toml", "main.c": "c"}

spec = spec_from_file_location("gait", EXAMPLE / "gait.py")
assert spec is not None
assert spec.loader is not None
gait = module_from_spec(spec)
sys.modules["gait"] = gait  # where a recipe finds it
spec.loader.exec_module(gait)


class TestGait(TaskContract):
    task = gait.Gait(batch=4)
    in_recipes = "gait:Gait"
    missing = None

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, tmp_path_factory):
        return tmp_path_factory.mktemp("nothing")


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_example_stands_on_the_page_as_it_is(name):
    assert blocks(PAGE, FILES[name]) == [(EXAMPLE / name).read_text("utf-8")]


def run(words: list[str], folder: Path, text: str = "") -> str:
    done = subprocess.run(
        words,
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.long
@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: apt install gcc")
def test_who_follows_the_page_gets_the_same_integers_in_python_and_c(tmp_path):
    pytest.importorskip("matplotlib")
    for name in FILES:
        shutil.copy(EXAMPLE / name, tmp_path / name)
    outputs = {}
    for line in command_lines(PAGE):
        words = shlex.split(line)
        if words[0] == "linnet":
            words = [sys.executable, "-m", *words]
        elif words[0] != "cc":
            raise AssertionError(f"no test knows how to run {line}")
        outputs[line] = run(words, tmp_path)
    quantized = outputs["linnet quantize run --data . --out gait.gguf"]
    floats, integers = (float(part.rsplit(maxsplit=1)[-1]) for part in quantized.split(" by the ")[:2])
    assert min(floats, integers) > 0.8
    (python,) = blocks(PAGE, "py")
    assert run([sys.executable, "-c", python], tmp_path) == "standing\n"

    from linnet.runtime import Session

    acceleration = np.random.default_rng(0).normal(0, 0.5, (40, 3)).astype(np.float32)
    session = Session(tmp_path / "gait.gguf")
    expected = session.run(session.quantize(gait.shown(acceleration)))
    lines = "".join(" ".join(f"{value:.9g}" for value in row) + "\n" for row in acceleration)
    found = run(["./gait"], tmp_path, lines)
    assert [list(map(int, line.split())) for line in found.splitlines()] == expected.tolist()


class Narrow(gait.Gait):  # type: ignore[name-defined]
    """It says four inputs, and its features have three."""

    inputs = 4


class Few(gait.Gait):  # type: ignore[name-defined]
    """It says two outputs, and its labels are of three."""

    outputs = 2


class Whole(gait.Gait):  # type: ignore[name-defined]
    """It gives the batch one score."""

    def score(self, answer, batch):
        return super().score(answer, batch).mean()


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (
            Narrow(),
            r"features of the task gait has shape \(75, 4, 3\), but \[frames, examples, 4\] is wanted",
        ),
        (Few(), "objective of the task gait fails on its first batch, for 3 inputs and 2 outputs a frame"),
        (Whole(), r"score of the task gait has shape \(\), but one number for each example is wanted"),
        (gait.Gait(batch=0), "the task gait has 0 examples in a batch of train"),
    ],
    ids=["features", "objective", "score", "batch"],
)
def test_what_does_not_fit_together_is_said_before_training(task, said, tmp_path):
    def look():
        refuse_no_examples(task)
        refuse_misfit(task, replace(task, batch=4).examples(tmp_path, "val", seed=0).batch(0))

    with pytest.raises(TrainingError, match=said):
        look()


def test_the_task_of_the_page_fits_and_is_no_task_of_linnet(tmp_path):
    task = gait.Gait(batch=4)
    assert is_own(task)
    refuse_no_examples(task)
    refuse_misfit(task, task.examples(tmp_path, "val", seed=0).batch(0))
