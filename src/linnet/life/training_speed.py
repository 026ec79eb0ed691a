"""What `linnet bench train` times: a denoiser's update on generated sound. train/benchmark.py builds the contenders."""

import dataclasses
from pathlib import Path

from linnet.tasks.denoise.generated import generated_batch
from linnet.tasks.denoise.task import Denoise
from linnet.train import benchmark
from linnet.train.benchmark import OURS, Contender, versions
from linnet.train.model import ModelSettings
from linnet.train.recipe import ComputationSettings, Recipe, RecipeError, read_recipe

__all__ = ["OURS", "ComputationSettings", "contenders", "contenders_of", "versions"]


def contenders(
    width: float, *, batch: int, seconds: float, computation: ComputationSettings | None = None
) -> list[Contender]:
    """Our update, ours in forward direction, and the two references, each compiled and run once."""
    task = Denoise()
    recipe = Recipe("benchmark", task=task, computation=computation or ComputationSettings())
    recipe = dataclasses.replace(recipe, model=ModelSettings(width=width))
    clips = generated_batch(batch, seconds, task.front_end.sample_rate_hz)
    return benchmark.contenders(recipe, clips)


def contenders_of(path: Path) -> tuple[list[Contender], int, float]:
    """Those of a recipe's own update, the clips of its batch, and the seconds of a clip.

    Raises:
        RecipeError: it is no recipe, or one of another task than denoising.
    """
    recipe = read_recipe(path)
    if not isinstance(recipe.task, Denoise):
        raise RecipeError(
            f"{path} is a recipe for {recipe.task.name!r}, and sound is generated for denoisers alone; name a recipe "
            "that trains one, e.g. recipes/denoise-bands-large.toml."
        )
    mixtures = recipe.task.mixtures
    clips = generated_batch(mixtures.batch, mixtures.clip_seconds, recipe.task.front_end.sample_rate_hz)
    return benchmark.contenders(recipe, clips), mixtures.batch, mixtures.clip_seconds
