"""Statistics count what is there, in rows that a reader expects, and name what is broken."""

import numpy as np
import pytest
import soundfile

from linnet.audio.files import AudioError, write_audio
from linnet.audio.statistics import measure, statistics


def put(path, signal, rate_hz=16000):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_audio(path, signal.astype(np.float32), rate_hz)


def test_known_subfolders_are_rows_of_their_own(tmp_path):
    for name in ("speech/train/a/1.wav", "speech/train/b/2.wav", "speech/val/3.wav", "noise/4.wav"):
        put(tmp_path / name, np.full(8000, 0.1))
    rows = {row.folder.removeprefix(str(tmp_path)): row.files for row in statistics([tmp_path])}
    assert rows == {"/noise": 1, "/speech/train": 2, "/speech/val": 1}


def test_a_row_says_length_level_and_faults(tmp_path):
    tone = np.sin(2 * np.pi * 100 * np.arange(16000) / 16000)
    put(tmp_path / "tone.wav", np.concatenate((0.1 * tone, np.zeros(16000))))
    put(tmp_path / "clipped.wav", np.clip(4 * tone, -1, 1))
    put(tmp_path / "silent.wav", np.zeros(3 * 44100), 44100)
    (tmp_path / "text.wav").write_text("no sound")
    (row,) = statistics([tmp_path])
    assert (row.files, row.clipped_files, row.silent_files) == (3, 1, 1)
    assert row.hours * 3600 == pytest.approx(6.0)
    assert row.seconds == pytest.approx((1.0, 2.0, 3.0))
    assert row.sample_rates_hz == {16000: 2, 44100: 1}
    assert "text.wav" in row.unreadable[0]


def test_the_level_is_that_of_the_active_part(tmp_path):
    tone = 0.1 * np.sin(2 * np.pi * 100 * np.arange(16000) / 16000)
    put(tmp_path / "a.wav", np.concatenate((tone, np.zeros(16000))))
    file = measure(tmp_path / "a.wav")
    assert file.level == pytest.approx(0.1 / np.sqrt(2), rel=1e-3)
    assert file.active_share == pytest.approx(0.5)
    assert file.peak == pytest.approx(0.1, rel=1e-3)


def test_a_folder_without_audio_is_refused(tmp_path):
    with pytest.raises(AudioError, match="nothing to count"):
        next(statistics([tmp_path]))
    with pytest.raises(AudioError, match="is not a folder"):
        next(statistics([tmp_path / "none"]))


def test_infinite_samples_do_not_count_as_loud(tmp_path):
    signal = np.full(16000, 0.1, np.float32)
    signal[5] = np.inf
    soundfile.write(tmp_path / "a.wav", signal, 16000, subtype="FLOAT")
    (row,) = statistics([tmp_path])
    assert row.peak_dbfs == pytest.approx(-20, abs=0.1)
