"""`linnet bench words` measures recognizers on a folder of utterances, and refuses what gives no figure."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from linnet.apps.bench.words import entry
from linnet.audio.files import write_audio
from linnet.bench.words import Accuracy
from tests.apps.conftest import Command
from tests.apps.words import write_words_model
from tests.ir.programs import random_program

RATE_HZ = 16000
SHORT = "0.006"


@pytest.fixture(scope="module")
def words_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_words_model(tmp_path_factory.mktemp("model") / "words.gguf")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    sounds = {
        "audio/anna.wav": 2,
        "background/speech/test/otto.wav": 12,
        "background/noise/test/fan.wav": 12,
    }
    for name, seconds in sounds.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write_audio(root / name, 0.1 * rng.normal(size=(seconds * RATE_HZ, 1)).astype(np.float32), RATE_HZ)
    rows = [("audio/anna.wav", second, f"word {second}", "test") for second in range(2)]
    with open(root / "clips.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "second", "keyword", "split"), *rows])
    return root


def test_a_model_is_judged_in_utterances_and_in_streams(
    linnet: Command, folder: Path, words_model: Path
) -> None:
    outcome = linnet("bench", "words", "--data", folder, "--model", words_model, "--hours", SHORT, "--json")
    assert outcome.code == 0, outcome.err
    found = json.loads(outcome.out)
    (row,) = found["models"]
    assert (found["words"], row["utterances"], list(row["by_speaker"])) == (2, 2, ["anna"])
    assert row["interval"][0] <= row["accuracy"] <= row["interval"][1]
    missed = [point["miss_rate"] for point in row["points"]]
    assert len(missed) > 5
    assert missed[-1] == 1  # nothing passes the highest threshold


@pytest.mark.long
def test_the_table_has_a_line_for_every_threshold(linnet: Command, folder: Path, words_model: Path) -> None:
    outcome = linnet("bench", "words", "--data", folder, "--model", words_model, "--hours", SHORT)
    assert outcome.code == 0, outcome.err
    assert sum(line.startswith("| words ") for line in outcome.out.splitlines()) == 9


def test_a_folder_without_background_is_refused(
    linnet: Command, folder: Path, words_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "clips.csv").write_bytes((folder / "clips.csv").read_bytes())
    outcome = linnet("bench", "words", "--data", tmp_path, "--model", words_model)
    assert outcome.code == 2
    assert "has no background/" in outcome.err


def test_no_time_at_all_is_refused(linnet: Command, folder: Path, words_model: Path) -> None:
    outcome = linnet("bench", "words", "--data", folder, "--model", words_model, "--hours", "0")
    assert outcome.code == 2
    assert "gives no rate of false alarms" in outcome.err


@pytest.mark.parametrize(("clips", "expected"), [(2, 0.75), (1, None)])
def test_floats_stand_beside_integers_only_where_both_heard_as_many_utterances(
    clips: int, expected: float | None
) -> None:
    program = random_program(3, bins=33, band_ratio=5)
    card = {"scores": {"test": {"clips": clips, "float_accuracy": 0.75}}}
    known = dataclasses.replace(program, metadata=dataclasses.replace(program.metadata, card=card))
    row = entry("words", known, "test", Accuracy(1, 2, {"anna": 0.5}), [])
    assert (row["float_accuracy"], row["accuracy"]) == (expected, 0.5)
