"""The whole life of a model: a recipe and recordings in, a trained run and a model file out; resumable."""

from pathlib import Path
from typing import NamedTuple

from linnet.audio.held import holding
from linnet.life.deploy import deploy
from linnet.life.following import NamedClip
from linnet.life.schemes import scheme_of
from linnet.life.scores import Score, example_sound
from linnet.train.loop import train
from linnet.train.recipe import read_recipe
from linnet.train.runs import Ancestors, Start


class Made(NamedTuple):
    """The folder of the run, the model file, its scores by split, and a sound of `val` to show it on, if any."""

    run: Path
    model: Path
    scores: list[Score]
    example: NamedClip | None


def make_model(
    recipe: Path, data: Path, out: Path, *, initial: Path | Start | None = None, teacher: Path | None = None
) -> Made:
    """Train as `recipe` says into `out`/run, then quantize, lower, score and write `out`/NAME.gguf.

    A run that was stopped goes on from its last checkpoint.

    Args:
        recipe: a TOML file; NAME is its name.
        data: the folder of the recordings.
        out: the folder to make or to go on in.
        initial: a trained run, or a model from elsewhere, to start from.
        teacher: a trained run whose output is learned from, too.

    Raises:
        RecipeError, TrainingError, AudioError: as training raises them.
    """
    run = out / "run"
    begun = (run / "checkpoint.safetensors").exists()
    model = out / f"{read_recipe(recipe).name}.gguf"
    with holding():  # what is trained on is calibrated on, too
        train(recipe, data, run, resume=begun, ancestors=Ancestors(initial, teacher))
        scores = deploy(run, data, model, scheme=scheme_of(run))
        return Made(run, model, scores, example_sound(run, data))
