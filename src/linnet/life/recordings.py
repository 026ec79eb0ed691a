"""The recordings a model for speech can hear. Reading them is audio/files.py's work."""

from __future__ import annotations

from pathlib import Path

from linnet.audio.files import AudioInfo

LOWEST_RATE_HZ = 8000  # below, speech itself is missing


class RecordingError(ValueError):
    """A recording that a model for speech cannot hear: what came, why not, what to do."""


def require_speech_rate(path: Path, info: AudioInfo) -> None:
    """Raise RecordingError for a recording in which speech itself is missing."""
    if info.sample_rate_hz < LOWEST_RATE_HZ:
        raise RecordingError(
            f"{path} has {info.sample_rate_hz} Hz, too little for speech; "
            f"give a recording of at least {LOWEST_RATE_HZ} Hz."
        )
