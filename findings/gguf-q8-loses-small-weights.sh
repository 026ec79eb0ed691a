#!/bin/sh
# gguf 0.19.0: Q8_0 loses its precision for small weights, and all of them below 4e-6.
#
# Guess: each block of 32 has a scale of its own, so the relative error of 8 bits is the same, about 0.4 %, for weights of any size.
# Seen: the scale is a float16, which has few digits below 6e-5. For normal weights of standard deviation 1e-3 and more the largest error of a block
# is 0.4 % of its maximum, for 1e-4 0.9 %, for 1e-5 7.7 %, and weights of 1e-6 all become 0. Input weights of slow recurrent units, multiplied by
# their time step, can be so small. Q4_0 of weights of 1e6 is infinite or NaN.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check gguf==0.19.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import numpy as np
from gguf import GGMLQuantizationType, quants

normal = np.random.default_rng(0).normal(size=(1000, 32)).astype(np.float32)


def error(size, kind):
    """The largest error of a block, relative to its largest weight, as the median over blocks."""
    weights = (size * normal).astype(np.float32)
    back = quants.dequantize(quants.quantize(weights, kind), kind)
    return float(np.median(np.abs(back - weights).max(axis=1) / np.abs(weights).max(axis=1)))


seen = {size: error(size, GGMLQuantizationType.Q8_0) for size in (1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6)}
for size, each in seen.items():
    print(f"Q8_0 of weights of standard deviation {size:g}: error {100 * each:.2g} %")
large = error(1e6, GGMLQuantizationType.Q4_0)
print("Q4_0 of 1e6:", large)
sys.exit(0 if seen[1] < 0.005 and seen[1e-4] > 0.007 and seen[1e-5] > 0.05 and seen[1e-6] == 1 and not np.isfinite(large) else 1)
PY
