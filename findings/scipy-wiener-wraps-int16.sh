#!/bin/sh
# scipy 1.17.1, scipy.signal.wiener: 16-bit sound is squared in 16 bits, and silence becomes NaN.
#
# Guess: the noise filter answers in float64, so it computes in it; silence stays silence.
# Seen: for int16 noise with a standard deviation of 1000 the output has one of 211 074, where the same numbers as int32 or floats give 427.
# Zeros, of any type, become NaN, so a silent recording does.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import numpy as np
from scipy.signal import wiener

sound = (1000 * np.random.default_rng(0).normal(size=16000)).astype(np.int16)
right = wiener(sound.astype(float), 9)
seen = {}
for kind in (np.int16, np.int32, np.float32):
    out = wiener(sound.astype(kind), 9)
    seen[kind] = float(np.abs(out - right).max())
    print(f"{np.dtype(kind)}: output {out.dtype} of standard deviation {out.std():.0f}, float64 gives {right.std():.0f}")
silence = {kind: int(np.isnan(wiener(np.zeros(100, kind))).sum()) for kind in seen}
print("NaN of 100 zeros:", list(silence.values()))
sys.exit(0 if seen[np.int16] > 1e6 and max(seen[np.int32], seen[np.float32]) < 1 and set(silence.values()) == {100} else 1)
PY
