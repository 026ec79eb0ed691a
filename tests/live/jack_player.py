"""A clip over and over into a JACK server, until it is ended: `python -m tests.live.jack_player CLIP.wav BLOCK`."""

from __future__ import annotations

import gc
import sys
import time
from typing import Any

import numpy as np
import sounddevice
import soundfile

from linnet.live.urgency import urgent


def play(path: str, block: int) -> None:
    sound, rate_hz = soundfile.read(path, dtype="float32")
    twice, place = np.concatenate((sound, sound[:block])), 0

    def give(out: np.ndarray, frames: int, _time: Any, _status: Any) -> None:
        nonlocal place
        out[:, 0] = twice[place : place + frames]
        place = (place + frames) % len(sound)

    gc.disable()
    device = next(
        index
        for index, each in enumerate(sounddevice.query_devices())
        if sounddevice.query_hostapis(each["hostapi"])["name"].startswith("JACK")
        and each["max_output_channels"]
    )
    stream = sounddevice.OutputStream(
        samplerate=rate_hz, blocksize=block, device=device, channels=1, dtype="float32", callback=give
    )
    with urgent(), stream:
        while True:
            time.sleep(60)


if __name__ == "__main__":
    play(sys.argv[1], int(sys.argv[2]))
