"""From a run folder to a model file with its card: fold, calibrate, lower, measure, write.

The one place where both wings meet at work; each step is another room's.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from linnet.compiler.lower import lower
from linnet.ir import FrontEndSpec, Metadata, Program, measure_activity, program_to_bytes, write_program
from linnet.life.accounts import CARD_KEY, accounting_entry
from linnet.life.following import account_of_clip, account_of_values, total
from linnet.life.origins import trained_on
from linnet.life.schemes import ready_for
from linnet.life.scores import Score, examined, score, scored_splits
from linnet.nn.network import FoldedNetwork
from linnet.quant.calibrate import calibrate
from linnet.quant.observers import Observer, observer_of
from linnet.quant.plan import Ranges
from linnet.quant.scheme import W8A16, Scheme, to_codes
from linnet.runtime import Model
from linnet.tasks.contract import Batch, Examples, Task, sounds_of
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
    `test` that have anything: on all of `test`, where the task has an end of examples.

    Raises:
        ScoringError: `test` has examples, but nothing in them is scored.
    """
    recipe, trained, about = load_best(folder)
    model = ready_for(scheme, trained.folded(recipe))
    task, data = recipe.task, Path(data)
    calibration = calibration_of(task, data)
    ranges = ranges_of(model, calibration, task, observer or observer_of(scheme))
    metadata = Metadata(
        name=recipe.name,
        licence=recipe.licence,
        front_end=front_end_spec(task),
        training_data=task.origin(data, calibration),
        recipe=Run(Path(folder)).recipe.read_text(encoding="utf-8"),
    )
    program = lower(model, ranges, metadata, scheme=scheme)
    metadata = dataclasses.replace(metadata, activity=activity_of(program, calibration, task))
    found = {split: examined(recipe, data, split) for split in scored_splits(task, data)}
    scores = [score(model, program, task, on, split) for split, on in found.items()]
    card = {
        "scores": {s.split: s.entry for s in scores},
        "trained": {
            "updates": about["best_update"],
            "seconds": round(about["seconds"]),
            **task.learned(about["best_update"]),
            "device": trained_on(Run(Path(folder)).log),
            **({"initial": about["initial"]} if "initial" in about else {}),
        },
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(trained.model)),
        CARD_KEY: accounting_of(
            program, recipe, found["val"].batches if "val" in found else None, calibration
        ),
    }
    write_program(dataclasses.replace(program, metadata=dataclasses.replace(metadata, card=card)), out)
    return scores


def calibration_of(task: Task, data: Path) -> Examples[Batch]:
    """The examples that wires are measured on."""
    return task.examples(data, "calibration", seed=CALIBRATION_SEED)


def shown_of(examples: Examples[Batch], task: Task, batches: int) -> Iterator[Any]:
    """What the network is shown of the first batches: [frames, examples, features] each."""
    for i in range(batches):
        yield task.features(jax.tree.map(jnp.asarray, examples.batch(i)))


def ranges_of(model: FoldedNetwork, examples: Examples[Batch], task: Task, observer: Observer) -> Ranges:
    """Calibrate on examples like those of training."""
    return calibrate(model, shown_of(examples, task, CALIBRATION_BATCHES), observer=observer)


def first_rows(batch: Batch, count: int) -> Batch:
    """The first examples of a batch."""
    return jax.tree.map(lambda x: jnp.asarray(x[:count]), batch)


def activity_of(program: Program, examples: Examples[Batch], task: Task) -> str:
    """How often each wire's codes are not 0 on such examples, by which an engine chooses how to multiply."""
    heard = np.asarray(task.features(first_rows(examples.batch(0), ACTIVITY_CLIPS)))
    exponent = program.wires[program.nodes[0].writes].exponent
    codes = to_codes(np.swapaxes(heard, 0, 1).reshape(-1, heard.shape[-1]), exponent, 16)
    return measure_activity(program, codes.astype(np.int16))


def accounting_of(
    program: Program, recipe: Recipe, val: list[Batch] | None, calibration: Examples[Batch]
) -> dict[str, Any]:
    """What a frame costs on the first examples of `val`, or on those of calibration where there is no `val`."""
    task, few = recipe.task, ACCOUNTED_CLIPS
    if val is not None:
        few = min(few, recipe.training.validation_clips)
        batches, split = val[: -(-few // task.batch_size("val"))], "val"
    else:
        batches, split = [calibration.batch(0)], "train, as used for calibration"
    if task.front_end is None:
        clips = np.concatenate([np.swapaxes(task.features(batch), 0, 1) for batch in batches])[:few]
        account = total(account_of_values(program, values) for values in clips)
        return accounting_entry(program, account, sound=f"{len(clips)} sequences of {split}")
    sounds = np.concatenate([np.asarray(sounds_of(task, batch)) for batch in batches])[:few]
    engine = Model(program_to_bytes(program))
    account = total(account_of_clip(program, engine, sound) for sound in sounds)
    return accounting_entry(program, account, sound=f"{len(sounds)} mixtures of {split}")


def front_end_spec(task: Task) -> FrontEndSpec:
    """The front end of a task as the model file stores it, or that there is none."""
    front_end = task.front_end
    if front_end is None:
        return FrontEndSpec(frames_per_second=task.frames_per_second)
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
        level_least=front_end.level_least,
        level_most=front_end.level_most,
    )
