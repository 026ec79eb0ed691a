#!/bin/sh
# ml_dtypes 0.6.0 with NumPy 2.4.6: the sum of bfloat16 values stops growing at 256 times their size.
#
# Guess: numpy.sum adds pairwise and in float32, as it does for float16, so ten thousand ones give 10 000, more or less.
# Seen: 256. The running sum is a bfloat16 and 256 + 1 rounds to 256. The mean of ten thousand ones is 0.0256. float16 gives
# 10 000 and 1. Sum with dtype=numpy.float32.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check ml_dtypes==0.6.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import ml_dtypes
import numpy as np

ones = np.ones(10_000)
for kind in (np.float16, ml_dtypes.bfloat16):
    print(kind.__name__, "sum", ones.astype(kind).sum(), "mean", ones.astype(kind).mean())
brief = ones.astype(ml_dtypes.bfloat16)
print("bfloat16 with dtype=float32: sum", brief.sum(dtype=np.float32))
sys.exit(0 if float(brief.sum()) == 256.0 and float(ones.astype(np.float16).sum()) == 10_000 else 1)
PY
