"""The JSON of a benchmark: complete, finite, and every ratio against what it says."""

from __future__ import annotations

import json

import pytest

from linnet.bench.comparison import Comparison, Plan, Row
from linnet.bench.markdown import markdown
from linnet.bench.results import references, result
from linnet.bench.timing import Times


def row(name: str, runtime: str, density: float, bits: int, microseconds: float) -> Row:
    made = Row(name, runtime, density, bits, error=0.0)
    made.times = {"step": Times((microseconds,) * 3, calls=4), "step_cold": Times((9.0, 8.0, 7.0), calls=1)}
    return made


@pytest.fixture
def comparison() -> Comparison:
    rows = [
        row("dense", "engine", 1.0, 8, 4.0),
        row("sparse", "engine", 0.1, 8, 2.0),
        row("jitted", "jax", 1.0, 32, 40.0),
        row("floats", "litert", 1.0, 32, 24.0),
        row("bytes", "litert", 1.0, 8, 12.0),
        row("rows", "scipy", 0.1, 32, 1.0),
    ]
    return Comparison(1.0, 1000, rows, missing={"x": "y"}, failed={})


def test_the_references_are_dense_and_the_fastest_of_their_kind(comparison: Comparison) -> None:
    found = {what: one.name for what, one in references(comparison).items()}
    assert found == {
        "dense_integer": "dense",
        "fastest_dense_guest": "bytes",
        "dense_float": "floats",
        "jax": "jitted",
    }


def test_without_guests_there_is_the_dense_engine_to_compare_with(comparison: Comparison) -> None:
    comparison.rows = comparison.rows[:2]
    assert list(references(comparison)) == ["dense_integer"]


def test_everything_that_was_measured_is_written(comparison: Comparison) -> None:
    written = result([comparison], Plan(), {"processor": "a", "commit": None})
    assert json.loads(json.dumps(written, allow_nan=False)) == written
    assert written.keys() == {"measured_by", "format", "machine", "settings", "widths"}
    entry = written["widths"][0]
    assert entry["missing"] == {"x": "y"}
    sparse = entry["contenders"][1]
    assert sparse["microseconds"]["step"]["median"] == 2.0
    assert sparse["microseconds"]["step_cold"]["rounds"] == [9.0, 8.0, 7.0]
    faster = {what: ratio["median"] for what, ratio in sparse["times_faster_than"].items()}
    assert faster == {"dense_integer": 2.0, "fastest_dense_guest": 6.0, "dense_float": 12.0, "jax": 20.0}


def test_the_tables_say_the_same_slowest_first(comparison: Comparison) -> None:
    machine = {"processor": "a", "cores": 2, "load": 0.1, "system": "b", "python": "3", "commit": "abc"}
    lines = markdown(result([comparison], Plan(), machine)).splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    assert len({len(row) for row in rows}) == 1
    assert [row[0] for row in rows[2:]] == ["jitted", "floats", "bytes", "**dense**", "**sparse**", "rows"]
    assert rows[-2][-4:] == ["2.00", "6.00", "12.00", "20.00"]
    assert "commit abc" in lines[0]
