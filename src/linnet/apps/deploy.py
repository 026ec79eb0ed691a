"""From a run folder to a model file with its card: fold, calibrate, lower, measure, write.

The one place where both wings meet at work; each step is another room's.
"""

import csv
import dataclasses
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from linnet.apps.accounts import CARD_KEY, accounting_entry
from linnet.apps.following import account_of_clip, total
from linnet.apps.page import NamedClip
from linnet.audio.dataset import Clip, MixtureDataset, Sources, evaluation_set
from linnet.audio.metrics import si_snr
from linnet.audio.sources import list_folder
from linnet.audio.stft import FrontEnd
from linnet.compiler.lower import lower
from linnet.ir import FrontEndSpec, Metadata, Program, measure_activity, program_to_bytes, write_program
from linnet.nn.denoiser import FoldedDenoiser
from linnet.quant.calibrate import calibrate
from linnet.quant.equalize import can_be_equalized, equalized
from linnet.quant.observers import Observer, observer_of
from linnet.quant.plan import Ranges
from linnet.quant.scheme import SCHEMES, W8A16, Scheme, to_codes
from linnet.runtime import Denoiser, Model
from linnet.train.enhance import enhance, features_of_clips
from linnet.train.journal import read_journal
from linnet.train.loop import sources_of
from linnet.train.recipe import Recipe
from linnet.train.runs import Run, load_best

CALIBRATION_BATCHES = 24
CALIBRATION_SEED = 20_000  # far from the seeds of training
ACTIVITY_CLIPS = 2  # a thousand frames say it to a few percent, and the exact interpreter is slow
ACCOUNTED_CLIPS = 8  # half a minute says the share of zeros to a few percent


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


def ready_for(scheme: Scheme, model: FoldedDenoiser) -> FoldedDenoiser:
    """The model as the scheme rounds it: equalized where it says so, unless something in the model forbids that."""
    return equalized(model) if scheme.equalize and can_be_equalized(model) else model


def scheme_of(folder: str | Path) -> Scheme:
    """By which a run is quantized where nothing else is asked for: what it was trained for, else W8A16."""
    trained_for = trained_scheme(folder)
    return (trained_for or W8A16).after_training(trained_for)


def scheme_in_training(recipe: Recipe) -> Scheme | None:
    """What a recipe rounds weights by in training; None where it does not."""
    name = recipe.quantization.scheme
    return None if name == "none" else SCHEMES[name]


def trained_scheme(folder: str | Path) -> Scheme | None:
    """The same of the recipe of a run."""
    return scheme_in_training(load_best(folder)[0])


def trained_on(log: Path) -> str:
    """The device that a run's journal names last; this machine's may be another."""
    devices = [entry["device"] for entry in read_journal(log) if "device" in entry]
    return str(devices[-1]) if devices else "not recorded"


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


def describe_data(data: str | Path, sources: Sources, recipe: Recipe) -> str:
    """Hours of each kind, what was generated, and the collections a manifest names, each with its licences."""
    hours = ", ".join(f"{kind} {value:.2f} h" for kind, value in sources.hours().items())
    text = f"{hours}; plus noise generated by linnet.audio.synthetic"
    manifest = Path(data) / "manifest.csv"
    if not manifest.exists():
        return text
    licences: dict[str, set[str]] = defaultdict(set)
    with open(manifest, newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            excluded = Path(row["path"]).name.startswith(recipe.data.exclude_prefixes)
            if row.get("split", "train") == "train" and not excluded:
                collection = re.split(r" \(|:|,", row.get("origin", "unnamed"))[0]
                licences[collection].add(row.get("licence", "not stated"))
    named = (f"{name} ({', '.join(sorted(found))})" for name, found in sorted(licences.items()))
    return f"{text}. Recordings: {'; '.join(named)}"
