"""MP3 files that are wrong about their length are read to their end, and those that are right as ever."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from linnet.audio.files import AudioReader, audio_info, read_audio
from linnet.audio.mp3 import tells_its_length
from linnet.audio.recordings import leave_on_disk, load

RATE_HZ = 44100
SOUND = np.random.default_rng(0).uniform(-0.5, 0.5, 6 * RATE_HZ) * (np.arange(6 * RATE_HZ) < 2 * RATE_HZ)
"""Two loud seconds and four silent ones: at a variable bit rate no second takes what the first one does."""
FRAMES_S = 0.1  # what an encoder puts before and behind, at most


def written(path: Path, rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(path, SOUND, rate_hz, bitrate_mode="VARIABLE", compression_level=0.5)
    return path


def without_its_length(path: Path) -> Path:
    """Its first frame, which tells the length, cut off, as where the recording of a stream begins."""
    whole = written(path).read_bytes()
    second = re.search(rb"\xff[\xfa\xfb]", whole[100:])
    assert second is not None
    path.write_bytes(whole[second.start() + 100 :])
    return path


def joined(path: Path) -> Path:
    """Two files behind each other, the first of which tells its own length alone."""
    whole = written(path).read_bytes()
    path.write_bytes(whole + whole)
    return path


@pytest.mark.parametrize(("make", "seconds"), [(written, 6), (without_its_length, 6), (joined, 12)])
def test_all_sound_is_read_and_counted(tmp_path: Path, make, seconds: int) -> None:
    path = make(tmp_path / "a.mp3")
    audio, rate_hz = read_audio(path)
    assert rate_hz == RATE_HZ
    assert len(audio) / RATE_HZ == pytest.approx(seconds, abs=FRAMES_S)
    assert audio_info(path).samples == len(audio)
    for start in range(0, seconds, 6):
        loud, silent = audio[(start + 1) * RATE_HZ :][:1000], audio[(start + 4) * RATE_HZ :][:1000]
        assert np.std(loud) > 0.1 > 100 * np.std(silent)


def test_libsndfile_would_have_lost_most_of_it(tmp_path: Path) -> None:
    path = without_its_length(tmp_path / "a.mp3")
    with soundfile.SoundFile(path) as file:
        claimed = file.frames
    assert claimed < 3 * RATE_HZ
    assert not tells_its_length(path, claimed)


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000])
def test_a_file_that_is_right_is_left_to_libsndfile_at_every_rate(tmp_path: Path, rate_hz: int) -> None:
    path = written(tmp_path / "a.mp3", rate_hz)
    assert tells_its_length(path, SOUND.size)
    with AudioReader(path) as reader:
        assert reader.info.samples == SOUND.size
        assert reader._file.seekable()


def test_a_place_is_sought_in_what_comes_through_a_pipe(tmp_path: Path) -> None:
    path = without_its_length(tmp_path / "a.mp3")
    audio, _ = read_audio(path)
    with AudioReader(path) as reader:
        for place in (70_000, 100, len(audio)):
            reader.seek(place)
            np.testing.assert_array_equal(reader.read(500), audio[place : place + 500], strict=True)


def test_training_cuts_from_it(tmp_path: Path) -> None:
    path = without_its_length(tmp_path / "a.mp3")
    filed, loaded = (read(path, "a", 16000) for read in (leave_on_disk, load))
    assert filed.samples == loaded.samples
    np.testing.assert_array_equal(filed.cut(20_000, 4000), loaded.cut(20_000, 4000), strict=True)
