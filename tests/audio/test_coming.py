"""Recordings that are read in the background have the samples of those that are read at once."""

from __future__ import annotations

import pickle
import time
from pathlib import Path

import numpy as np
import pytest

from linnet.audio.coming import ComingRecording, Reading, coming, read_in_background
from linnet.audio.files import AudioError, write_audio
from linnet.audio.held import holding
from linnet.audio.recordings import LoadedRecording, load
from linnet.audio.sources import Sources
from tests.kinds import as_a


def write(path: Path, *, seconds: float = 0.5, rate_hz: int = 44100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = np.random.default_rng(len(path.name)).uniform(-0.5, 0.5, round(seconds * rate_hz))
    write_audio(path, sound.astype(np.float32), rate_hz)
    return path


def cut_short(path: Path) -> Path:
    """A FLAC file whose header is whole, and of whose sound the end is missing."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def test_a_cut_has_the_bits_of_a_recording_read_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav")
    there, here = coming(path, "a", 16000, Reading()), load(path, "a", 16000)
    assert (there.name, there.label, there.samples) == (here.name, here.label, here.samples)
    np.testing.assert_array_equal(there.cut(100, 4000), here.cut(100, 4000), strict=True)


def test_what_was_read_is_kept(tmp_path: Path) -> None:
    there = coming(write(tmp_path / "a.wav"), "a", 16000, Reading())
    first = there.cut(0, 100)
    there.path.unlink()
    np.testing.assert_array_equal(there.cut(0, 100), first)


def test_a_folder_is_read_in_the_background_to_its_end(tmp_path: Path) -> None:
    for number in range(6):
        write(tmp_path / f"speech/voice-{number}.wav")
    begun = Sources.begin_folder(tmp_path)
    deadline = time.monotonic() + 20
    speech = [as_a(ComingRecording, each) for each in begun.speech]
    while any(each._held is None for each in speech) and time.monotonic() < deadline:
        time.sleep(0.01)
    for path in tmp_path.rglob("*.wav"):
        path.unlink()
    begun.wait()
    assert [each.cut(0, 10).size for each in begun.speech] == [10] * 6


def test_a_collection_too_long_for_memory_is_left_on_disk(tmp_path: Path) -> None:
    write(tmp_path / "speech/voice.wav")
    begun = Sources.begin_folder(tmp_path, memory_hours=0)
    assert not isinstance(begun.speech[0], ComingRecording)


def test_another_process_is_given_the_sound_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav")
    sent = pickle.dumps(coming(path, "a", 16000, Reading()))
    path.unlink()
    received = pickle.loads(sent)
    assert isinstance(received, LoadedRecording)
    assert received.samples == 8000


def test_a_damaged_file_ends_whoever_cuts_next(tmp_path: Path) -> None:
    reading = Reading()
    whole = coming(write(tmp_path / "whole.flac"), "a", 16000, reading)
    short = coming(cut_short(write(tmp_path / "short.flac")), "b", 16000, reading)
    whole.cut(0, 10)
    read_in_background([short], reading)
    deadline = time.monotonic() + 20
    while reading.error is None and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(AudioError, match=r"short\.flac"):
        whole.cut(0, 10)


def test_a_length_that_the_file_does_not_have_is_refused(tmp_path: Path) -> None:
    there = coming(write(tmp_path / "a.wav"), "a", 16000, Reading())
    there.samples += 1600
    with pytest.raises(AudioError, match=r"has 0\.50 s of sound and says 0\.60 s, so it is damaged; copy"):
        there.cut(0, 10)


def test_one_shelf_serves_what_is_done_inside_of_it(tmp_path: Path) -> None:
    write(tmp_path / "speech/voice.wav")
    with holding() as outer, holding() as inner:
        assert inner is outer
        assert Sources.from_folder(tmp_path) is Sources.from_folder(tmp_path)
