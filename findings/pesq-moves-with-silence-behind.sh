#!/bin/sh
# pesq 0.0.4 (wide band): the same digital silence behind the reference and behind the degraded recording changes the score, first down,
# then up by more than one and a half points.
#
# Guess: where both are silent nothing differs, so the score stays, or changes by the share of what is new at most.
# Seen: 8 s of a voice-like signal with faint noise score 1.56; with 8 s of zeros behind both 1.41, with 24 s 1.99, with 60 s 3.10. The level to which both
# are brought is that of their whole length, pauses included, so silence makes the rest louder, and the differences are averaged
# over the silence. Scores of sets whose clips are filled up to one length cannot be compared with those of others.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pesq==0.0.4 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
from pesq import pesq

RATE = 16000
rng = np.random.default_rng(0)
t = np.arange(8 * RATE) / RATE
syllables = np.clip(np.sin(2 * np.pi * 3 * t), 0, None) * (np.sin(2 * np.pi * 0.4 * t) > -0.6)
phase = np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * t)) / RATE
clean = 0.1 * syllables * sum(np.sin(2 * np.pi * k * phase) / k for k in range(1, 30))
noisy = clean + 0.001 * rng.standard_normal(t.size)


def score(seconds):
    silence = np.zeros(seconds * RATE)
    return pesq(RATE, np.concatenate([clean, silence]), np.concatenate([noisy, silence]), "wb")


found = {seconds: score(seconds) for seconds in (0, 8, 24, 60)}
for seconds, points in found.items():
    print(f"{seconds:2d} s of silence behind both: {points:.2f}")
sys.exit(not (found[8] < found[0] - 0.1 and found[24] > found[0] + 0.3 and found[60] > found[0] + 1.3))
PY
