"""`linnet bench onsets`: every contender's figures, and what cannot be compared."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from linnet.audio.files import write_audio
from tests.apps.conftest import Command
from tests.audio.test_onsets import noise, phrases

RATE_HZ = 16000


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    clean = phrases()[:, None]
    for folder, sound in (
        ("clean", clean),
        ("noisy", clean + 0.1 * noise(clean.size, 1)[:, None]),
        ("halved", 0.5 * clean),
    ):
        (tmp_path / folder).mkdir()
        write_audio(tmp_path / folder / "one.wav", sound.astype(np.float32), RATE_HZ)
    return tmp_path


def test_models_and_other_denoisers_stand_beside_each_other(
    linnet: Command, model: Path, folders: Path
) -> None:
    words = ("bench", "onsets", "--noisy", folders / "noisy", "--clean", folders / "clean", "--model", model)
    outcome = linnet(*words, "--cleaned", f"other={folders / 'halved'}", "--json")
    assert outcome.code == 0, outcome.err
    noisy, own, other = json.loads(outcome.out)
    assert (noisy["name"], other["name"]) == ("noisy", "other")
    assert [row["fricatives"]["count"] for row in (noisy, own, other)] == [1, 1, 1]
    assert noisy["fricatives"]["lost_more_than_half"] == 0
    assert other["starts"]["median_db"] == pytest.approx(-6.02, abs=0.01)
    assert other["fricatives"]["lost_more_than_half"] == 1
    outcome = linnet(*words)
    assert "fricatives > 3.5 kHz" in outcome.out
    assert "0 of 1" in outcome.out


def test_contenders_of_the_same_name_are_refused(linnet: Command, model: Path, folders: Path) -> None:
    words = ("bench", "onsets", "--noisy", folders / "noisy", "--clean", folders / "clean", "--model", model)
    for name in ("noisy", model.stem):
        assert "could not be told apart" in linnet(*words, "--cleaned", f"{name}={folders / 'halved'}").err
    assert "could not be told apart" in linnet(*words, model).err


def test_what_cannot_be_compared_is_refused(linnet: Command, folders: Path) -> None:
    words = ("bench", "onsets", "--noisy", folders / "noisy", "--clean", folders / "clean", "--cleaned")
    assert "names no folder" in linnet(*words, "halved").err
    (folders / "halved" / "one.wav").unlink()
    write_audio(folders / "halved" / "one.wav", np.zeros((100, 1), np.float32), RATE_HZ)
    assert "has shape (100, 1)" in linnet(*words, f"other={folders / 'halved'}").err
