"""Floats on the scale of integers are found, read as what they were, and refused where that cannot be told in time."""

import numpy as np
import pytest

from linnet.audio.files import AudioError, write_audio
from linnet.audio.recordings import leave_on_disk, load
from linnet.audio.resample import resample
from linnet.audio.synthetic import speech_like


@pytest.mark.parametrize("scale", [1.0, 32768.0])
def test_a_recording_of_floats_is_loaded_at_its_own_scale(tmp_path, scale):
    codes = np.rint(30000 * speech_like(np.random.default_rng(0), 16000, 16000)).astype(np.int16)
    write_audio(tmp_path / "a.wav", codes * np.float32(scale / 32768), 16000, encoding="FLOAT")
    assert np.array_equal(load(tmp_path / "a.wav", "a", 16000).codes, codes)
    left = leave_on_disk(tmp_path / "a.wav", "a", 16000)
    if scale == 1:
        assert np.array_equal(left.cut(100, 5000), codes[100:5100] / np.float32(32768))
    else:
        with pytest.raises(AudioError, match="divide them by 32768 and write the file again"):
            left.cut(100, 5000)


def test_channels_that_come_first_are_refused():
    with pytest.raises(ValueError, match=r"16000 channels came.*transposed"):
        resample(np.zeros((2, 16000), np.float32), 16000, 8000)
