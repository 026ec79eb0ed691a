"""`linnet data`: a set that stays the same, and figures of what a folder holds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from linnet.audio.files import write_audio
from linnet.audio.synthetic import pink
from tests.apps.conftest import Command
from tests.conftest import tone


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Two speakers and one noise."""
    for name, sound in {
        "speech/test/ann.wav": tone(2.0, 16000, seed=1),
        "speech/test/bob.wav": tone(2.0, 16000, seed=2),
        "noise/test/pink.wav": pink(np.random.default_rng(3), 32000, 16000),
    }.items():
        path = tmp_path / "recordings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, sound, 16000)
    return tmp_path / "recordings"


@pytest.mark.usefixtures("quick_dnsmos")
def test_a_set_is_the_same_every_time_and_can_be_scored(
    linnet: Command, model: Path, recordings: Path, tmp_path: Path
) -> None:
    options = ("--clips", 3, "--seconds", 1.5, "--snr-db", 0, 5, "--seed", 7)
    for name in ("first", "second"):
        outcome = linnet("data", "synthesize", "--data", recordings, "--out", tmp_path / name, *options)
        assert outcome.code == 0, outcome.err
    first = sorted(path for path in (tmp_path / "first").rglob("*") if path.is_file())
    assert len(first) == 3 * 3 + 1
    for path in first:
        assert path.read_bytes() == (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes()
    noisy, clean = tmp_path / "first" / "noisy", tmp_path / "first" / "clean"
    assert linnet("evaluate", "--noisy", noisy, "--clean", clean, "--model", model).code == 0


def test_a_set_is_not_written_over_another(linnet: Command, recordings: Path) -> None:
    outcome = linnet("data", "synthesize", "--data", recordings, "--out", recordings)
    assert outcome.code == 2
    assert "not empty" in outcome.err


def test_statistics_count_what_is_there(linnet: Command, recordings: Path) -> None:
    rows = json.loads(linnet("data", "statistics", recordings, "--json").out)
    assert {Path(row["folder"]).parent.name: row["files"] for row in rows} == {"speech": 2, "noise": 1}
    assert sum(row["hours"] for row in rows) == pytest.approx(6 / 3600)
    outcome = linnet("data", "statistics", recordings)
    assert outcome.code == 0
    assert "16000" in outcome.out


def test_what_is_missing_is_refused(linnet: Command, tmp_path: Path) -> None:
    assert linnet("data", "statistics", tmp_path / "gone").code == 2
    assert linnet("data", "synthesize", "--data", tmp_path / "gone", "--out", tmp_path / "out").code == 2


def test_a_negative_seed_is_refused(linnet: Command, recordings: Path) -> None:
    words = ("--data", recordings, "--out", recordings / "set", "--seed", "-1")
    outcome = linnet("data", "synthesize", *words)
    assert outcome.code == 2
    assert "seed=-1" in outcome.err


def test_a_set_of_kinds_of_no_seed_is_refused(linnet: Command, tmp_path: Path) -> None:
    outcome = linnet("data", "kinds", "--out", tmp_path / "set", "--clips", 1, "--seconds", 3, "--seed", -5)
    assert (outcome.code, "give a whole number from 0" in outcome.err) == (2, True)
    assert not (tmp_path / "set").exists()
