#!/bin/sh
# ml_dtypes 0.6.0 with NumPy 2.4.6: int4 sums wrap at 4 bits, and floats wrap on their way to int4.
#
# Guess: like int8, an int4 array is summed in a wide integer; and a narrow type made for machine learning saturates.
# Seen: the sum of twenty 7s is -4, their mean is 0 (as an int4) and their dot product with themselves is 4. The same
# values as int8 give 140, 7.0. The floats 8, 9 and 200 become -8, -7 and -8. Widen before any reduction; clip before the cast.
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

narrow, wide = np.full(20, 7, ml_dtypes.int4), np.full(20, 7, np.int8)
print("sum: ", narrow.sum(), "as int8:", wide.sum())
print("mean:", narrow.mean(), "as int8:", wide.mean())
print("dot: ", np.dot(narrow, narrow), "exact:", 20 * 49)
cast = np.array([7.0, 8.0, 9.0, 200.0]).astype(ml_dtypes.int4).astype(int).tolist()
print("floats 7, 8, 9, 200 as int4:", cast)
as_seen = (int(narrow.sum()), int(narrow.mean()), int(np.dot(narrow, narrow))) == (-4, 0, 4)
sys.exit(0 if as_seen and cast == [7, -8, -7, -8] else 1)
PY
