#!/bin/sh
# fxpmath 0.4.10: with the default rounding 'trunc', negative results go to zero after *, and away from zero after /.
#
# Guess: 'trunc' means one thing everywhere, so -0.0625 * 0.5 and -0.0625 / 2 are equal in steps of 0.0625.
# Seen: 0 and -0.0625. Storing a float and the product cut towards zero, the quotient is floored. int() and astype(int) are floors as well:
# -1.25 becomes -2, where Python and NumPy give -1. And NaN is stored as the largest value, 7.9375 here, without an error.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check fxpmath==0.4.10 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import numpy as np
from fxpmath import Fxp


def fixed(value):
    return Fxp(value, signed=True, n_word=8, n_frac=4)


seen = {
    "-0.03125 stored": float(fixed(-0.03125)),
    "-0.0625 * 0.5": float(fixed(-0.0625) * 0.5),
    "-0.0625 / 2": float(fixed(-0.0625) / 2),
    "-1.1875 * 0.5": float(fixed(-1.1875) * 0.5),
    "-1.1875 / 2": float(fixed(-1.1875) / 2),
    "int of -1.25": int(fixed(-1.25)),
    "astype(int) of -1.25": int(fixed(-1.25).astype(int)),
    "NaN": float(fixed(np.nan)),
}
for name, value in seen.items():
    print(f"{name}: {value}")
sys.exit(0 if list(seen.values()) == [0.0, 0.0, -0.0625, -0.5625, -0.625, -2, -2, 7.9375] else 1)
PY
