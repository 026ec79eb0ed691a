#!/bin/sh
# pedalboard 0.9.26, Convolution and Reverb: settings that should leave a sound as it is do not.
#
# Guess: Convolution with mix=1 is a convolution, so that the impulse response [1] changes nothing and [0.5] halves; and Reverb with
# dry_level=1 and wet_level=0 is the dry sound.
# Seen: each impulse response is brought to an energy of 1/64 first, so [1] and [0.5] both make the sound 18 dB quieter, [1, 1, 1, 1] scales by
# 0.0625, and the part of mix that is wet is that much quieter than the dry part. Reverb doubles the dry sound. No option turns either
# off. Rooms that are simulated so all have the same loudness, near or far.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pedalboard==0.9.26 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
from pedalboard import Convolution, Reverb

rate = 48000
click = np.zeros(rate, np.float32)
click[1000] = 1
right = True
for response, mix, expected in (
    ([1], 1, 0.125),
    ([0.5], 1, 0.125),
    ([1] + [0] * 999, 1, 0.125),
    ([1, 1, 1, 1], 1, 0.0625),
    ([1], 0.5, 0.5625),
):
    out = Convolution(np.array(response, np.float32), mix, rate)(click, rate)
    print(f"an impulse of 1 through {response[:4]}{'...' if len(response) > 4 else ''}, mix={mix}: {out[1000]:.4f}")
    right = right and abs(out[1000] - expected) < 1e-4
out = Reverb(dry_level=1, wet_level=0)(click, rate)
print(f"an impulse of 1 through Reverb(dry_level=1, wet_level=0): {out[1000]:.4f}")
sys.exit(0 if right and abs(out[1000] - 2) < 1e-4 else 1)
PY
