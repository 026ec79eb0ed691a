#!/bin/sh
# ml_dtypes 0.6.0: NaN becomes minus zero in floats of 4 and 6 bits, and what is too large becomes NaN, infinity or the largest value.
#
# Guess: formats without a NaN saturate it or refuse it; and overflow means one thing in a family of types from one standard (OCP).
# Seen: NaN is -0.0 in float4_e2m1fn, float6_e2m3fn and float6_e3m2fn, so a broken weight or activation goes on as a zero. 1e9 becomes NaN
# in float8_e4m3fn (as does 465; its largest is 448), infinity in float8_e5m2, and the largest value in the smaller ones. In the scale type
# float8_e8m0fnu zero is NaN, so the scale of a block of zeros makes the block NaN, and 3 is 4.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check ml_dtypes==0.6.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import ml_dtypes
import numpy as np

expected = {
    "float8_e4m3fn": "[448.0, nan, nan, nan, 0.0]",
    "float8_e5m2": "[448.0, 448.0, inf, nan, 0.0]",
    "float6_e3m2fn": "[28.0, 28.0, 28.0, -0.0, 0.0]",
    "float6_e2m3fn": "[7.5, 7.5, 7.5, -0.0, 0.0]",
    "float4_e2m1fn": "[6.0, 6.0, 6.0, -0.0, 0.0]",
    "float8_e8m0fnu": "[512.0, 512.0, 1073741824.0, nan, nan]",
}
right = True
print("464, 465, 1e9, NaN and 0 as")
for name, values in expected.items():
    seen = np.array([464, 465, 1e9, np.nan, 0], np.float32).astype(getattr(ml_dtypes, name)).astype(float).tolist()
    print(f"{name}: {seen}")
    right = right and str(seen) == values
three = float(np.array(3.0).astype(ml_dtypes.float8_e8m0fnu))
print("3 as float8_e8m0fnu:", three)
sys.exit(0 if right and three == 4 else 1)
PY
