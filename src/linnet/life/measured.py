"""What a deployed model gives, as plain values: scores clip by clip, account, memory. Needs JAX.

Means over clips, and float against integers, stand in the model's card already (deploy.py); time is measured by bench/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linnet.audio import metrics
from linnet.ir import Program, node_names, packed_sizes, quantize_features, read_program
from linnet.life.accounts import CARD_KEY, memory_entry
from linnet.life.scores import scored_splits
from linnet.runtime import Listener, Model
from linnet.tasks.contract import Batch, Task, sounds_of
from linnet.train.loop import validation_batches
from linnet.train.recipe import Recipe

Sound = NDArray[np.float32]
Measure = Callable[[Sound, Sound, int], float]

MEASURES: dict[str, tuple[str, Measure]] = {"pesq": ("pesq", metrics.pesq), "stoi": ("pystoi", metrics.stoi)}
"""By name: the package that a measure of cleaned speech needs, and the measure."""


class Example(NamedTuple):
    """A clip as the model hears it: int16 `codes` [frames, in] behind Quantize, and the `sound` [samples], if any."""

    codes: NDArray[np.int16]
    sound: Sound


class Measured(NamedTuple):
    """All that `measure_model` found, and a clip on which time can be measured; None where no split has speech."""

    values: dict[str, Any]
    example: Example | None


def measure_model(model: str | Path, recipe: Recipe, data: str | Path, *, perceptual: bool) -> Measured:
    """Measure a model file on the evaluation mixtures of its recipe.

    Args:
        model: the file that `deploy` wrote.
        recipe: by which it was trained.
        data: the folder of recordings.
        perceptual: whether PESQ and STOI are taken, too, where their packages are installed.

    Returns:
        JSON values: by split and measure a list with a number for every clip (None where a measure is not defined),
        the accounting and the scores of the card, memory, and the counts of weights.
    """
    program, engine = read_program(model), Model(Path(model).read_bytes())
    task, size = recipe.task, packed_sizes(program).total
    batches = {split: validation_batches(recipe, data, split) for split in scored_splits(task, data)}
    heard = available_measures() if perceptual and task.name == "denoise" else ()
    first = next(iter(batches.values()), [])
    values = {
        "measure": task.measure.key,
        "by_clip": {split: _by_clip(task, engine, chosen, heard) for split, chosen in batches.items()},
        "scores": program.metadata.card["scores"],
        "accounting": program.metadata.card[CARD_KEY],
        "trained": program.metadata.card["trained"],
        "parameters": program.metadata.card["parameters"],
        "memory": memory_entry(program, engine),
        "file_bytes": Path(model).stat().st_size,
        "weights": size.weights,
        "nonzeros": size.nonzeros,
        "frames_per_second": 1 / program.metadata.front_end.frame_seconds,
        "activity": _activity(program),
    }
    return Measured(values, _example(program, engine, task, first[0]) if first else None)


def _example(program: Program, engine: Model, task: Task, batch: Batch) -> Example:
    """The first example of a batch."""
    if task.front_end is None:
        codes = quantize_features(program, np.asarray(task.features(batch))[:, 0])
        return Example(np.asarray(codes, np.int16), np.zeros(0, np.float32))
    return example_of(program, engine, np.asarray(sounds_of(task, batch))[0])


def _activity(program: Program) -> list[dict[str, Any]]:
    """For every node in order its name and the share of the codes it writes that are not 0, as the card has it."""
    shares = program.metadata.card[CARD_KEY]["wires"]
    names = zip(program.nodes, node_names(program), strict=True)
    return [{"node": name, "share": shares[node.writes]} for node, name in names]


def available_measures() -> tuple[str, ...]:
    """Those of MEASURES whose packages are installed."""
    return tuple(name for name, (package, _) in MEASURES.items() if find_spec(package) is not None)


def example_of(program: Program, engine: Model, noisy: Sound) -> Example:
    """One mono clip [samples] at the model's own rate as codes and sound of equally many hops."""
    heard = Listener(engine).push(noisy)
    codes = quantize_features(program, heard.features)
    return Example(np.asarray(codes, np.int16), noisy[: len(heard.cleaned)])


def _by_clip(task: Task, engine: Model, batches: Iterable[Batch], heard: Iterable[str]) -> dict[str, Any]:
    """By measure a figure for every example; those `heard` are denoising's."""
    measure, rate_hz = task.measure, task.front_end.sample_rate_hz if task.front_end else 0
    found: dict[str, Any] = {
        measure.floor_key: [],
        measure.key: [],
        **{name: [] for name in heard},
    }
    for batch in batches:
        answer = task.answer_of(engine, batch)
        found[measure.floor_key] += np.asarray(task.floor(batch)).tolist()
        found[measure.key] += np.asarray(task.score(answer, batch)).tolist()
        for name in heard:
            pairs = zip(batch.clean, answer, strict=True)
            found[name] += [_figure(MEASURES[name][1], *pair, rate_hz) for pair in pairs]
    return found


def _figure(measure: Measure, clean: Sound, cleaned: Sound, rate_hz: int) -> float | None:
    try:
        return float(measure(clean, cleaned, rate_hz))
    except metrics.MetricError:  # too little speech in this clip
        return None
