"""How well heartbeats are told apart: whole recordings as streams, every beat decided, and the figures of the field.

Which recordings these are, and what a network is shown of a beat, is the business of tasks/ecg.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.runtime import Model, Session
from linnet.tasks.ecg.beats import Values
from linnet.tasks.ecg.records import CLASSES, NONE, SCORED, Record

Network = Callable[[Values], Values]
"""From what is shown of all beats of a recording [beats, FEATURES] to the outputs [beats, classes], from rest."""
Counts = NDArray[np.int64]
"""Beats by their class and what was decided: [classes, classes]."""


def by_engine(model: Model) -> Network:
    """The integers of a model file; each recording is a stream of its own."""

    def outputs(shown: Values) -> Values:
        session = Session(model)
        return session.values(session.run(session.quantize(shown)))

    return outputs


def confusion(network: Network, record: Record) -> Counts:
    """How the beats of a recording were decided; those of other classes are shown, and not counted."""
    decided = np.argmax(network(record.shown), axis=1)
    counts = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    known = record.labels != NONE
    np.add.at(counts, (record.labels[known], decided[known]), 1)
    return counts


def figures(counts: Counts) -> dict[str, Any]:
    """Accuracy, and by class sensitivity, positive predictive value and F1; None where nothing is there to divide by.

    `macro_f1` is the mean F1 of the classes in SCORED, `macro_f1_of_all` that of all classes.
    """
    right, beats, told = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    f1 = [_share(2 * right[i], beats[i] + told[i]) for i in range(len(CLASSES))]
    return {
        "beats": int(counts.sum()),
        "accuracy": _share(right.sum(), counts.sum()),
        "sensitivity": {name: _share(right[i], beats[i]) for i, name in enumerate(CLASSES)},
        "predictive_value": {name: _share(right[i], told[i]) for i, name in enumerate(CLASSES)},
        "f1": dict(zip(CLASSES, f1, strict=True)),
        "macro_f1": _mean([f1[CLASSES.index(name)] for name in SCORED]),
        "macro_f1_of_all": _mean(f1),
        "counts": counts.tolist(),
    }


def judged(network: Network, records: Sequence[Record]) -> dict[str, Any]:
    """The figures of all recordings together, and the counts of each."""
    of_records = {record.name: confusion(network, record) for record in records}
    total = sum(of_records.values(), start=np.zeros((len(CLASSES), len(CLASSES)), np.int64))
    return figures(total) | {"records": {name: counts.tolist() for name, counts in of_records.items()}}


def beat_us(model: Model, record: Record, rounds: int = 7) -> float:
    """Microseconds of a beat in the engine, called from Python: the least of several rounds through a recording."""
    session = Session(model)
    codes = session.quantize(record.shown)
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        session.run(codes)
        times.append(time.perf_counter() - began)
    return 1e6 * min(times) / len(codes)


def _share(part: Any, whole: Any) -> float | None:
    return float(part) / float(whole) if whole else None


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None
