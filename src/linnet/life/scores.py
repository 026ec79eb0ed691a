"""Scores of a model on fixed mixtures of `val` and `test`: float against integers, in SI-SNR."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from linnet.audio.metrics import si_snr
from linnet.audio.sources import list_folder
from linnet.ir import Program, program_to_bytes
from linnet.life.following import NamedClip
from linnet.nn.denoiser import FoldedDenoiser
from linnet.runtime import Denoiser
from linnet.tasks.denoise.enhance import enhance
from linnet.tasks.denoise.mixtures import Clip, evaluation_set
from linnet.train.loop import sources_of
from linnet.train.recipe import Recipe
from linnet.train.runs import load_best


class ScoringError(ValueError):
    """Nothing can be scored: what came, why not, what to do."""


class Score(NamedTuple):
    """Mean SI-SNR in dB over the clips of one split: as it came, by the float model, by the integer engine."""

    split: str
    clips: int
    noisy_db: float
    float_db: float
    integer_db: float

    @property
    def text(self) -> str:
        """One line for people."""
        return (
            f"{self.split}: mean SI-SNR of {self.clips} clips {self.noisy_db:.2f} dB noisy, "
            f"{self.float_db:.2f} dB by the float model, {self.integer_db:.2f} dB by the integers"
        )


def scored_splits(data: str | Path) -> list[str]:
    """Those of `val` and `test` that have speech."""
    return [split for split in ("val", "test") if list_folder(Path(data), split)["speech"]]


def evaluation_clips(recipe: Recipe, data: str | Path, split: str) -> list[Clip]:
    """The fixed mixtures on which a recipe's models are scored, from `val` or `test`."""
    settings = recipe.training
    sources = sources_of(recipe, data, split)
    return evaluation_set(sources, recipe.validation, settings.validation_seed, settings.validation_clips)


def example_mixture(folder: str | Path, data: str | Path) -> NamedClip | None:
    """The first of the mixtures of `val` on which the run in `folder` was scored; None where there is no `val`."""
    if not list_folder(Path(data), "val")["speech"]:
        return None
    recipe = load_best(folder)[0]
    settings = recipe.training
    chosen = evaluation_set(sources_of(recipe, data, "val"), recipe.validation, settings.validation_seed, 1)
    return NamedClip("the first validation mixture of the recipe", chosen[0].noisy)


def score(model: FoldedDenoiser, program: Program, recipe: Recipe, clips: list[Clip], split: str) -> Score:
    """Mean SI-SNR of the clips: noisy, cleaned by the float model, cleaned by the integer program in the engine."""
    by_float = jax.jit(lambda noisy: enhance(model.apply, noisy[None], recipe.front_end)[0])
    by_engine = Denoiser(program_to_bytes(program))
    rate = recipe.front_end.sample_rate_hz
    return Score(
        split,
        len(clips),
        mean_si_snr(clips, lambda noisy: noisy),
        mean_si_snr(clips, by_float),
        mean_si_snr(clips, lambda noisy: by_engine(noisy, sample_rate_hz=rate)),
    )


def mean_si_snr(clips: list[Clip], clean_up: Callable[[NDArray[np.float32]], Any]) -> float:
    """Mean SI-SNR in dB of what `clean_up` makes of the noisy clips."""
    return float(np.mean([si_snr(clip.clean, np.asarray(clean_up(clip.noisy))) for clip in clips]))
