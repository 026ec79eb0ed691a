#!/bin/sh
# webrtcvad-wheels 2.0.14.post1: at its strictest (mode 3), steady white noise is speech for ever once it is loud.
#
# Guess: the detector follows the noise floor, so after a second or two steady noise of any level is no speech.
# Seen: white noise of -41 dBFS is let go after 70 ms, that of -21 dBFS is speech in every frame of 10 s, and so is a hum of
# 100 Hz at -24 dBFS. Scale a recording, and its frames of speech change.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check webrtcvad-wheels==2.0.14.post1 numpy==2.4.6
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import webrtcvad

RATE, FRAME = 16000, 160
times = np.arange(10 * RATE) / RATE
noise = np.random.default_rng(0).standard_normal(times.size)
sounds = {
    "white noise, -41 dBFS": 300 * noise,
    "white noise, -21 dBFS": 3000 * noise,
    "hum of 100 Hz, -24 dBFS": 3000 * np.sin(2 * np.pi * 100 * times),
}
counts = []
for name, sound in sounds.items():
    codes, detector = sound.clip(-32768, 32767).astype(np.int16), webrtcvad.Vad(3)
    frames = [codes[i : i + FRAME].tobytes() for i in range(0, codes.size, FRAME)]
    counts.append(sum(detector.is_speech(frame, RATE) for frame in frames))
    print(f"{name}: speech in {counts[-1]} of {len(frames)} frames")
sys.exit(0 if counts[0] < 20 and counts[1] == 1000 and counts[2] > 990 else 1)
PY
