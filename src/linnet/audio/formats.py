"""What is said of audio files: which are read and written, what one holds, and the error that refuses one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linnet.audio.tags import NO_TAGS, Tags

Signal = NDArray[np.float32]

AUDIO_SUFFIXES = (
    *(".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3"),
    *(".aiff", ".aif", ".aifc", ".caf", ".au", ".snd", ".w64", ".rf64", ".sph", ".voc"),
)
"""What is read: the files of sound that libsndfile knows and people have."""

READ_TEXT = "WAV, FLAC, OGG, Opus, MP3, AIFF, CAF, AU or W64"
"""The same for people."""

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
    tags: Tags = NO_TAGS

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return self.samples / self.sample_rate_hz


def reason_of(error: Exception) -> str:
    """What libsndfile says of an error, in one line."""
    text = getattr(error, "error_string", None) or str(error)
    return text.splitlines()[0].removeprefix("Error : ").rstrip(".") if text else type(error).__name__
