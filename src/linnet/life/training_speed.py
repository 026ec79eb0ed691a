"""What `linnet bench train` times: a denoiser's update on generated sound. train/benchmark.py builds the contenders."""

import dataclasses

from linnet.tasks.denoise.generated import generated_batch
from linnet.tasks.denoise.task import Denoise
from linnet.train import benchmark
from linnet.train.benchmark import OURS, Contender, versions
from linnet.train.model import ModelSettings
from linnet.train.recipe import ComputationSettings, Recipe

__all__ = ["OURS", "ComputationSettings", "contenders", "versions"]


def contenders(
    width: float, *, batch: int, seconds: float, computation: ComputationSettings | None = None
) -> list[Contender]:
    """Our update, ours in forward direction, and the two references, each compiled and run once."""
    task = Denoise()
    recipe = Recipe("benchmark", task=task, computation=computation or ComputationSettings())
    recipe = dataclasses.replace(recipe, model=ModelSettings(width=width))
    clips = generated_batch(batch, seconds, task.front_end.sample_rate_hz)
    return benchmark.contenders(recipe, clips)
