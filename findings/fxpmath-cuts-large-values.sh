#!/bin/sh
# fxpmath 0.4.10: the format that Fxp chooses by itself does not hold the values that it was chosen for.
#
# Guess: Fxp([0.1, 1000.7]) without a format takes the bits for the whole part that the largest value needs, and rounds the small one.
# Seen: it holds 0.1 and 256. All bits of 0.1 are kept first (55 behind the point), and 1000.7 is cut to what is left of 64 bits.
# [0.001, 20000.0] becomes 0.001 and 8. There is no error and no warning; only `status` tells of an overflow. Functions of NumPy choose
# formats this way, so exp of 0.0625 and 7.9375 is 1.06 and 2048 instead of 2800. One value alone is right, as are values with few digits.
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

expected = {(0.1, 1000.7): 256.0, (0.001, 20000.0): 8.0, (1000.1, 2000.1): 2000.1, (0.125, 1000.5): 1000.5}
right = True
for values, largest in expected.items():
    number = Fxp(list(values))
    print(list(values), "become", number.get_val().tolist(), number.dtype, "overflow:", number.status["overflow"])
    right = right and abs(float(number.get_val()[1]) - largest) < 1e-6
power = np.exp(Fxp([0.0625, 7.9375], signed=True, n_word=8, n_frac=4)).get_val()
print("exp of 0.0625 and 7.9375:", power.tolist(), "in floats:", np.exp([0.0625, 7.9375]).tolist())
sys.exit(0 if right and power[1] == 2048 else 1)
PY
