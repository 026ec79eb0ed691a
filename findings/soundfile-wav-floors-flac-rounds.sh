#!/bin/sh
# soundfile 0.14.0 (libsndfile 1.2.2): floats written as PCM_16 are rounded down in WAV, and to nearest in FLAC.
#
# Guess: one library has one rule for 16 bits, so the same samples give the same integers in every container.
# Seen: 0.6, 1.6 and -0.4 steps of 16 bits become 0, 1 and -1 in WAV, AIFF and CAF, but 1, 2 and 0 in FLAC. Noise
# written as WAV is 0.5 steps too low on average. To be safe, round to int16 before writing.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check soundfile==0.14.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import soundfile

steps = np.array([0.4, 0.6, 1.6, -0.4, -0.6, -1.6])
noise = np.random.default_rng(0).standard_normal(100_000) * 3000
seen = {}
for container in ("WAV", "AIFF", "CAF", "FLAC"):
    integers = []
    for signal in (steps, noise):
        path = f"x.{container.lower()}"
        soundfile.write(path, signal / 32768, 16000, subtype="PCM_16", format=container)
        integers.append(soundfile.read(path, dtype="int16")[0])
    seen[container] = integers[0].tolist()
    print(container, seen[container], f"mean error of noise: {np.mean(integers[1] - noise):+.2f} steps")
down, nearest = np.floor(steps).tolist(), np.rint(steps).tolist()
as_seen = all(seen[name] == down for name in ("WAV", "AIFF", "CAF")) and seen["FLAC"] == nearest
sys.exit(0 if as_seen else 1)
PY
