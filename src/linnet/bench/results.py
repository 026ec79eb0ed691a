"""The figures of a benchmark as plain JSON values: nothing is rounded away, and every ratio says to what."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from linnet.bench.comparison import Comparison, Plan, Row
from linnet.bench.timing import Times, ratio

FORMAT = 1


def result(comparisons: Sequence[Comparison], plan: Plan, machine: dict[str, Any]) -> dict[str, Any]:
    """Everything that was measured and on what."""
    settings = {
        "hot_rounds": plan.hot_rounds,
        "cold_rounds": plan.cold_rounds,
        "block_seconds": plan.block_seconds,
        "densities": list(plan.densities),
    }
    return {
        "measured_by": "linnet bench engine",
        "format": FORMAT,
        "machine": machine,
        "settings": settings,
        "widths": [comparison_entry(comparison) for comparison in comparisons],
    }


def comparison_entry(comparison: Comparison) -> dict[str, Any]:
    """One width."""
    return {
        "width": comparison.width,
        "weights": comparison.weights,
        "contenders": [row_entry(row, comparison) for row in comparison.rows],
        "missing": comparison.missing,
        "failed": comparison.failed,
    }


def row_entry(row: Row, comparison: Comparison) -> dict[str, Any]:
    """One contender with how many times longer the references take."""
    entry = {f.name: getattr(row, f.name) for f in dataclasses.fields(row) if f.name != "times"}
    entry["microseconds"] = {name: times_entry(times) for name, times in row.times.items()}
    entry["times_faster_than"] = {
        what: dataclasses.asdict(ratio(reference.times["step"], row.times["step"]))
        for what, reference in references(comparison).items()
    }
    return entry


def references(comparison: Comparison) -> dict[str, Row]:
    """What every step is compared with: our dense integers, the fastest dense guest, the fastest in float, JAX."""
    jax = next((row for row in comparison.rows if row.runtime == "jax"), None)
    found = {
        "dense_integer": comparison.dense_integer,
        "fastest_dense_guest": comparison.fastest_dense_guest(),
        "dense_float": comparison.fastest_dense_guest(bits=(32,)),
        "jax": jax,
    }
    return {what: row for what, row in found.items() if row is not None}


def times_entry(times: Times) -> dict[str, Any]:
    """Median, minimum, the ninth decile, and all rounds."""
    return {
        "median": times.median_us,
        "minimum": times.minimum_us,
        "nine_in_ten_below": times.quantile_us(0.9),
        "calls_per_round": times.calls,
        "rounds": list(times.rounds_us),
    }
