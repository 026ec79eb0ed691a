#!/bin/sh
# scipy 1.17.1, scipy.signal.decimate: all that is slow gets weaker by 1.1 %, constants too.
#
# Guess: an anti-aliasing filter has a gain of 1 at frequency 0, so baselines and slow waves keep their size.
# Seen: a constant of 1 becomes 0.98855, for every factor from 2 to 13. The default filter is a Chebyshev one of even order whose gain at 0 is at the lower
# edge of its ripple, applied forwards and backwards. With ftype="fir", as with resample_poly in the middle of a signal, it stays 1.
# Factor 1 is filtered as well: white noise loses its upper fifth.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
from scipy import signal

right = True
for factor in (2, 4, 8, 13):
    ones = np.ones(20000)
    default, fir = signal.decimate(ones, factor), signal.decimate(ones, factor, ftype="fir")
    poly = signal.resample_poly(ones, 1, factor)
    middles = [float(each[len(each) // 2]) for each in (default, fir, poly)]
    print(f"ones by factor {factor}: decimate {middles[0]:.5f}, ftype='fir' {middles[1]:.5f}, resample_poly {middles[2]:.5f}")
    right = right and abs(middles[0] - 0.98855) < 1e-4 and all(abs(each - 1) < 1e-3 for each in middles[1:])
noise = np.random.default_rng(0).normal(size=100000)
left = float(signal.decimate(noise, 1).std() / noise.std())
print(f"white noise by factor 1 keeps {left:.3f} of its standard deviation")
sys.exit(0 if right and left < 0.95 else 1)
PY
