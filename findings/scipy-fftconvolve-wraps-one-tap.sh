#!/bin/sh
# scipy 1.17.1, scipy.signal.fftconvolve and oaconvolve of integers: the length of the shorter one decides whether they wrap.
#
# Guess: a convolution by Fourier transforms is one of floats, whatever is convolved, so a 16-bit recording can be filtered as it is.
# Seen: with two or more taps the answer is float64 and right. With one, a plain gain, it is int16 and has wrapped: 3000 * 100
# is -27680. convolve(method="fft"), which calls fftconvolve, gives int16 that has wrapped for each length.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
from scipy.signal import convolve, fftconvolve, oaconvolve

sound = np.full(16000, 3000, np.int16)
seen = {}
for name, function in (
    ("fftconvolve", fftconvolve),
    ("oaconvolve", oaconvolve),
    ('convolve(method="fft")', lambda first, second: convolve(first, second, method="fft")),
):
    for taps in ([100], [100, 0], [100] + [0] * 999):
        out = function(sound, np.array(taps, np.int16))
        seen[name, len(taps)] = (str(out.dtype), round(float(out[8000])))
        print(f"{name}, 3000 by 100 and {len(taps) - 1} zeros: {out[8000]:.0f} ({out.dtype})")
floats, wrapped = ("float64", 300000), ("int16", -27680)
expected = {(name, taps): floats if taps > 1 and name[0] != "c" else wrapped for name, taps in seen}
sys.exit(0 if seen == expected else 1)
PY
