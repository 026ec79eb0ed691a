"""Scores of a run's float twin: the model as its program would be rounded, by any scheme, on evaluation mixtures.

Needs JAX. States are not rounded from frame to frame here, as a scan over whole clips cannot; what the program itself
scores says `linnet quantize`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import jax
import numpy as np

from linnet.apps.deploy import CALIBRATION_SEED, evaluation_clips, ranges_of
from linnet.apps.refusal import Refusal
from linnet.audio.dataset import Clip, MixtureDataset
from linnet.audio.metrics import si_snr
from linnet.audio.sources import list_folder
from linnet.nn.denoiser import FoldedDenoiser
from linnet.nn.taps import Tap, passthrough
from linnet.quant.observers import observer_of
from linnet.quant.plan import make_plan
from linnet.quant.rounded import rounded_model, rounding
from linnet.quant.scheme import SCHEMES
from linnet.train.enhance import enhance
from linnet.train.loop import sources_of
from linnet.train.recipe import Recipe
from linnet.train.runs import load_best


def score_schemes(folder: Path, data: Path, schemes: Iterable[str]) -> dict[str, dict[str, float]]:
    """Mean SI-SNR in dB by scheme and by split, unrounded ("float") first.

    Raises:
        Refusal: neither `val` nor `test` of `data` has speech.
    """
    recipe, trained, _ = load_best(folder)
    model = trained.folded(recipe)
    splits = [split for split in ("val", "test") if list_folder(data, split)["speech"]]
    if not splits:
        raise Refusal(
            f"{data} has no speech under val or test, so nothing can be scored; add some of either."
        )
    calibration = MixtureDataset(sources_of(recipe, data, "train"), recipe.mixtures, CALIBRATION_SEED)
    twins: dict[str, tuple[FoldedDenoiser, Tap]] = {"float": (model, passthrough)}
    for name in schemes:
        scheme = SCHEMES[name]
        plan = make_plan(ranges_of(model, calibration, recipe.front_end, observer_of(scheme)), scheme)
        twins[name] = rounded_model(model, plan), rounding(plan)
    clips = {split: evaluation_clips(recipe, data, split) for split in splits}
    return {name: {s: _mean(*twin, recipe, clips[s]) for s in splits} for name, twin in twins.items()}


def _mean(model: FoldedDenoiser, tap: Tap, recipe: Recipe, clips: list[Clip]) -> float:
    clean_up = jax.jit(
        lambda noisy: enhance(lambda seen: model.apply(seen, tap=tap), noisy[None], recipe.front_end)[0]
    )
    return float(np.mean([si_snr(clip.clean, np.asarray(clean_up(clip.noisy))) for clip in clips]))
