"""Scores of a run's float twin: the model as its program would be rounded, by any scheme, on evaluation mixtures.

Needs JAX. States are not rounded from frame to frame here, as a scan over whole clips cannot; what the program itself
scores says `linnet quantize`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import jax

from linnet.life.deploy import calibration_of, ranges_of
from linnet.life.schemes import ready_for, scheme_in_training
from linnet.life.scores import Examined, ScoringError, examined, mean_score, scored_splits
from linnet.nn.network import FoldedNetwork
from linnet.nn.taps import Tap, passthrough
from linnet.quant.observers import Observer, observer_of
from linnet.quant.plan import Ranges, make_plan
from linnet.quant.rounded import rounded_model, rounding
from linnet.quant.scheme import SCHEMES
from linnet.tasks.contract import Task
from linnet.train.runs import load_best


def score_schemes(folder: Path, data: Path, schemes: Iterable[str]) -> dict[str, dict[str, float]]:
    """Mean score by scheme and by split, unrounded ("float") first.

    Raises:
        ScoringError: neither `val` nor `test` of `data` has speech.
    """
    recipe, trained, _ = load_best(folder)
    folded, trained_for = trained.folded(recipe), scheme_in_training(recipe)
    task, splits = recipe.task, scored_splits(recipe.task, data)
    if not splits:
        raise ScoringError(
            f"{data} has no speech under val or test, so nothing can be scored; add some of either."
        )
    calibration = calibration_of(task, data)
    twins: dict[str, tuple[FoldedNetwork, Tap]] = {"float": (folded, passthrough)}
    heard: dict[tuple[Observer, bool], Ranges] = {}
    for name in schemes:
        scheme = SCHEMES[name].after_training(trained_for)
        model, observer = ready_for(scheme, folded), observer_of(scheme)
        kind = observer, scheme.equalize
        if kind not in heard:
            heard[kind] = ranges_of(model, calibration, task, observer)
        plan = make_plan(heard[kind], scheme)
        twins[name] = rounded_model(model, plan), rounding(plan)
    found = {split: examined(recipe, data, split) for split in splits}
    return {name: {s: _score(*twin, task, found[s]) for s in splits} for name, twin in twins.items()}


def _score(model: FoldedNetwork, tap: Tap, task: Task, on: Examined) -> float:
    answer = jax.jit(lambda batch: task.answer(lambda seen: model.apply(seen, tap=tap), batch))
    return mean_score(task, on, answer)
