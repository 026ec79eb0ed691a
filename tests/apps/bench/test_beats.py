"""`linnet bench beats` judges models on a folder of heartbeats, and refuses what gives no figure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linnet.ir import write_program
from tests.apps.conftest import Command
from tests.bench.test_beats import beats_program
from tests.ir.programs import random_program
from tests.tasks.hearts import write_hearts


@pytest.fixture(scope="module")
def hearts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hearts(tmp_path_factory.mktemp("hearts"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "beats.gguf"
    write_program(beats_program(), path)
    return path


def test_a_model_is_judged_beat_by_beat(linnet: Command, hearts: Path, model: Path) -> None:
    outcome = linnet("bench", "beats", "--data", hearts, "--model", model, "--split", "val", "--json")
    assert outcome.code == 0, outcome.err
    found = json.loads(outcome.out)
    (row,) = found["models"]
    assert (found["records"], row["model"], row["beats"]) == (1, "beats", 49)
    assert row["beat_us"] > 0
    assert row["macs_per_beat"] is None  # its card says nothing
    assert list(row["records"]) == ["h2"]


def test_the_table_says_who_was_taken_for_what(linnet: Command, hearts: Path, model: Path) -> None:
    outcome = linnet("bench", "beats", "--data", hearts, "--model", model, "--split", "val")
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0].startswith("| model | accuracy | S: Se / +P | V: Se / +P | macro F1")
    assert sum(line.startswith("| S | ") for line in lines) == 1


def test_what_gives_no_figure_is_refused(linnet: Command, hearts: Path, model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    write_program(random_program(3, bins=33), other)
    for words, message in (
        (("--data", hearts), "neither a model nor a run came"),
        (("--data", hearts / "none", "--model", model), "is not a folder"),
        (("--data", hearts, "--model", other), "name a model of the task ecg"),
        (("--data", hearts, "--model", model), "has no record in split 'test'"),
    ):
        outcome = linnet("bench", "beats", *words)
        assert outcome.code == 2, outcome.out
        assert message in outcome.err
