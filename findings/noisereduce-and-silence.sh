#!/bin/sh
# noisereduce 3.0.3: digital silence before or instead of sound. One way of it gives NaN, the other removes everything.
#
# Guess: silence stays silence, and a recording whose first half is silent loses its noise in the second half.
# Seen: with stationary=False one second of zeros comes back as 16 000 NaN. With stationary=True a recording of half a
# second of zeros and then loud noise comes back as zeros alone: the zeros widen the spread of the noise that it measures,
# in dB, and nothing stands out any more. Without the zeros a thirtieth of the noise is left.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check noisereduce==3.0.3 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import noisereduce
import numpy as np

noise = np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32)
silence = np.zeros(16000, np.float32)
padded = np.concatenate((silence[:8000], noise[:8000]))
wandering = noisereduce.reduce_noise(y=silence, sr=16000, stationary=False)
steady = noisereduce.reduce_noise(y=padded, sr=16000, stationary=True)
alone = noisereduce.reduce_noise(y=noise, sr=16000, stationary=True)
nans = int(np.isnan(wandering).sum())
print("NaN of silence, stationary=False:", nans, "of", len(silence))
print("peak of half silence, half noise, stationary=True:", float(np.abs(steady).max()))
print("noise left without the silence:", float(np.std(alone) / np.std(noise)))
sys.exit(0 if nans == 16000 and not steady.any() and alone.any() else 1)
PY
