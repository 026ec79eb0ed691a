"""Audio files in and out as float32: the only door to soundfile. (being extended)"""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")


class AudioError(ValueError):
    """An audio file or folder cannot be used; the message says what, why not, and what to do."""


def read_audio(path: str | Path) -> tuple[NDArray[np.float32], int]:
    """Samples float32 [samples, channels] and the sample rate in Hz."""
    audio, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return audio, rate_hz
