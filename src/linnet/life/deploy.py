"""From a run folder to a model file with its card: fold, calibrate, lower, measure, write.

The one place where both wings meet at work; each step is another room's.
"""

import dataclasses
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from linnet.audio.sources import list_folder
from linnet.audio.stft import FrontEnd
from linnet.compiler.lower import lower
from linnet.ir import FrontEndSpec, Metadata, Program, measure_activity, program_to_bytes, write_program
from linnet.life.accounts import CARD_KEY, accounting_entry
from linnet.life.following import account_of_clip, total
from linnet.life.origins import describe_data, trained_on
from linnet.life.schemes import ready_for
from linnet.life.scores import Score, evaluation_clips, score, scored_splits
from linnet.nn.denoiser import FoldedDenoiser
from linnet.quant.calibrate import calibrate
from linnet.quant.observers import Observer, observer_of
from linnet.quant.plan import Ranges
from linnet.quant.scheme import W8A16, Scheme, to_codes
from linnet.runtime import Model
from linnet.tasks.denoise.enhance import features_of_clips
from linnet.tasks.denoise.mixtures import MixtureDataset, evaluation_set
from linnet.train.loop import sources_of
from linnet.train.recipe import Recipe
from linnet.train.runs import Run, load_best

CALIBRATION_BATCHES = 24
CALIBRATION_SEED = 20_000  # far from the seeds of training
ACTIVITY_CLIPS = 2  # a thousand frames say it to a few percent, and the exact interpreter is slow
ACCOUNTED_CLIPS = 8  # half a minute says the share of zeros to a few percent


def deploy(
    folder: str | Path,
    data: str | Path,
    out: str | Path,
    *,
    scheme: Scheme = W8A16,
    observer: Observer | None = None,
) -> list[Score]:
    """Write the model file of the best model in `folder`, calibrated on `train` of `data`.

    Its wires are measured by the observer of the scheme, unless another is given. It is scored on those of `val` and
    `test` that have speech.
    """
    recipe, trained, about = load_best(folder)
    model = ready_for(scheme, trained.folded(recipe))
    train = sources_of(recipe, data, "train")
    calibration = MixtureDataset(train, recipe.mixtures, CALIBRATION_SEED)
    ranges = ranges_of(model, calibration, recipe.front_end, observer or observer_of(scheme))
    metadata = Metadata(
        name=recipe.name,
        licence=recipe.licence,
        front_end=front_end_spec(recipe.front_end),
        training_data=describe_data(data, train, recipe),
        recipe=Run(Path(folder)).recipe.read_text(encoding="utf-8"),
    )
    program = lower(model, ranges, metadata, scheme=scheme)
    metadata = dataclasses.replace(metadata, activity=activity_of(program, calibration, recipe.front_end))
    scores = [
        score(model, program, recipe, evaluation_clips(recipe, data, split), split)
        for split in scored_splits(data)
    ]
    card = {
        "scores": {s.split: {k: round(v, 3) for k, v in s._asdict().items() if k != "split"} for s in scores},
        "trained": {
            "updates": about["best_update"],
            "seconds": round(about["seconds"]),
            "audio_hours": round(
                about["best_update"] * recipe.mixtures.batch * recipe.mixtures.clip_seconds / 3600, 1
            ),
            "device": trained_on(Run(Path(folder)).log),
            **({"initial": about["initial"]} if "initial" in about else {}),
        },
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(trained.model)),
        CARD_KEY: accounting_of(program, recipe, data, calibration),
    }
    write_program(dataclasses.replace(program, metadata=dataclasses.replace(metadata, card=card)), out)
    return scores


def ranges_of(
    model: FoldedDenoiser, dataset: MixtureDataset, front_end: FrontEnd, observer: Observer
) -> Ranges:
    """Calibrate on mixtures like those of training."""
    clips = (jnp.asarray(dataset.batch(i).noisy) for i in range(CALIBRATION_BATCHES))
    return calibrate(model, (features_of_clips(each, front_end) for each in clips), observer=observer)


def activity_of(program: Program, dataset: MixtureDataset, front_end: FrontEnd) -> str:
    """How often each wire's codes are not 0 on such mixtures, by which an engine chooses how to multiply."""
    noisy = dataset.batch(0).noisy[:ACTIVITY_CLIPS]
    heard = np.asarray(features_of_clips(jnp.asarray(noisy), front_end))
    exponent = program.wires[program.nodes[0].writes].exponent
    codes = to_codes(np.swapaxes(heard, 0, 1).reshape(-1, heard.shape[-1]), exponent, 16)
    return measure_activity(program, codes.astype(np.int16))


def accounting_of(
    program: Program, recipe: Recipe, data: str | Path, calibration: MixtureDataset
) -> dict[str, Any]:
    """What a frame costs on the first mixtures of `val`, or on those of calibration where there is no `val`."""
    if list_folder(Path(data), "val")["speech"]:
        settings = recipe.training
        few = min(ACCOUNTED_CLIPS, settings.validation_clips)
        chosen = evaluation_set(
            sources_of(recipe, data, "val"), recipe.validation, settings.validation_seed, few
        )
        clips, split = [clip.noisy for clip in chosen], "val"
    else:
        clips, split = list(calibration.batch(0).noisy[:ACCOUNTED_CLIPS]), "train, as used for calibration"
    engine = Model(program_to_bytes(program))
    account = total(account_of_clip(program, engine, clip) for clip in clips)
    return accounting_entry(program, account, sound=f"{len(clips)} mixtures of {split}")


def front_end_spec(front_end: FrontEnd) -> FrontEndSpec:
    """The front end as the model file stores it."""
    return FrontEndSpec(
        front_end.sample_rate_hz,
        front_end.window,
        front_end.hop,
        front_end.window_kind,
        front_end.compression_roots,
        float(front_end.level_alpha),
        front_end.level_initial,
        front_end.level_floor,
        front_end.phase_bins,
        front_end.band_ratio,
        float(front_end.offset_alpha),
    )
