#!/bin/sh
# pyroomacoustics 0.10.1: the direct sound of a simulated room comes 40 samples later than distance over speed of sound.
#
# Guess: a room impulse response begins with the way from source to microphone, so that its first peak tells the delay.
# Seen: at 2.29 m and 16 kHz the peak lies at sample 147, not 107: half the length of the filter for fractions of a sample
# (81 taps) stands before it. Clean speech that is compared with speech in the room has to be moved by it, too.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pyroomacoustics==0.10.1 numpy==2.4.6
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import pyroomacoustics

RATE, SPEED = 16000, 343.0
room = pyroomacoustics.ShoeBox([5, 4, 3], fs=RATE, materials=pyroomacoustics.Material(0.3), max_order=10)
room.add_source([1, 1, 1])
room.add_microphone([3, 2, 1.5])
room.compute_rir()
peak = int(np.argmax(np.abs(room.rir[0][0])))
way = float(np.linalg.norm([2, 1, 0.5])) / SPEED * RATE
print(f"peak at sample {peak}, the way takes {way:.1f} samples: {peak - way:.1f} later")
sys.exit(0 if abs(peak - way - 40) < 1 else 1)
PY
