"""The spectrogram that grows block by block: the same picture however the recording was cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.apps.desk.picture import LARGEST_COLUMNS, Spectrogram, draw
from tests.conftest import tone


def spectrogram(sound: np.ndarray, sizes: list[int]) -> np.ndarray:
    gathered = Spectrogram(len(sound), 16000)
    place = 0
    while place < len(sound):
        for size in sizes:
            gathered.push(sound[place : place + size])
            place += size
    return gathered.decibels()


SOUND = tone(0.25, 16000, 2)


@settings(max_examples=20)
@given(st.lists(st.integers(50, 5000), min_size=1, max_size=5))
def test_blocks_of_any_size_give_one_picture(sizes: list[int]) -> None:
    np.testing.assert_allclose(spectrogram(SOUND, sizes), spectrogram(SOUND, [len(SOUND)]), atol=1e-6)


def test_a_tone_stands_at_its_frequency_and_time() -> None:
    seconds = np.arange(32000) / 16000
    sound = np.where(seconds < 1, np.sin(2 * np.pi * 1000 * seconds), 0.0).astype(np.float32)[:, np.newaxis]
    decibels = spectrogram(sound, [4096])
    bins, columns = decibels.shape
    assert np.argmax(decibels[:, columns // 4]) == round(1000 / 8000 * (bins - 1))
    assert decibels[:, : columns // 2 - 4].max(axis=0).min() > decibels[:, columns // 2 + 4 :].max() + 60


def test_a_long_recording_keeps_a_bounded_number_of_columns() -> None:
    gathered = Spectrogram(16000 * 60, 16000)
    block = np.tile(SOUND, (20, 1))
    for _ in range(12):
        gathered.push(block)
    decibels = gathered.decibels()
    assert decibels.shape[1] == LARGEST_COLUMNS
    assert (decibels.max(axis=0) > -100).all(), "a column stayed empty"


def test_a_recording_shorter_than_a_window_can_be_drawn(tmp_path: Path) -> None:
    short = Spectrogram(3, 8000)
    short.push(np.zeros((3, 1), np.float32))
    draw(short, short, tmp_path / "short.png", title="three samples")
    assert [path.name for path in tmp_path.iterdir()] == ["short.png"]
