"""Speech activity of a recording as a table: a row for every 16 ms, a column for each channel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.audio.files import AudioInfo
from linnet.output.atomic import write_text
from linnet.runtime import SpeechMeter

SPEAKS = 0.5
"""From this activity on somebody is taken to speak."""


class Timeline:
    """The speech activity of one recording, gathered while it is cleaned."""

    def __init__(self, info: AudioInfo) -> None:
        self._meter = SpeechMeter(info.sample_rate_hz, channels=info.channels)
        self._info, self._parts = info, [np.zeros((0, info.channels), np.float32)]

    def push(self, noisy: NDArray[np.float32], cleaned: NDArray[np.float32]) -> None:
        """Take the next sound, [samples, channels] each; the second may lag the first."""
        self._parts.append(self._meter.push(noisy, cleaned).reshape(-1, self._info.channels))

    @property
    def share(self) -> float:
        """How many of the frames hold speech in any channel."""
        activity = np.concatenate(self._parts)
        return float((activity.max(axis=1) >= SPEAKS).mean()) if len(activity) else 0.0

    def write(self, path: Path) -> None:
        """Write the table: the time at which a frame begins, in seconds, and the activity of each channel."""
        channels = self._info.channels
        names = ["speech"] if channels == 1 else [f"speech_{index + 1}" for index in range(channels)]
        lines = [",".join(["seconds", *names])]
        for index, row in enumerate(np.concatenate(self._parts)):
            begins = index * self._meter.frame_samples / self._info.sample_rate_hz
            lines.append(",".join([f"{begins:.3f}", *(f"{value:.3f}" for value in row)]))
        write_text(path, "\n".join(lines) + "\n")
