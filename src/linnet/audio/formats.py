"""What is said of audio files: which are read and written, what one holds, and the error that refuses one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
"""What is read."""

WRITTEN_SUFFIXES = (".wav", ".flac")
"""What is written."""


class AudioError(ValueError):
    """An audio file or folder cannot be used; the message says what came, why not, and what to do."""


@dataclass(frozen=True)
class AudioInfo:
    """What a file says of itself. `encoding` is how its samples are best written again, one of ENCODINGS."""

    sample_rate_hz: int
    channels: int
    samples: int
    encoding: str

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return self.samples / self.sample_rate_hz


def reason_of(error: Exception) -> str:
    """What libsndfile says of an error, in one line."""
    text = getattr(error, "error_string", None) or str(error)
    return text.splitlines()[0].removeprefix("Error : ").rstrip(".") if text else type(error).__name__
