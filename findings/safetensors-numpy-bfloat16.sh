#!/bin/sh
# safetensors 0.8.0 with ml_dtypes 0.6.0: the NumPy door writes bfloat16 and 8-bit floats that it cannot read.
#
# Guess: what safetensors.numpy.save takes, safetensors.numpy.load gives back.
# Seen: save accepts ml_dtypes' bfloat16, float8_e4m3fn and float8_e5m2. load of the same bytes raises a bare
# KeyError ('BF16', 'F8_E4M3', 'F8_E5M2'), for the whole file, so its float32 tensors cannot be had either.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check safetensors==0.8.0 ml_dtypes==0.6.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import ml_dtypes
import numpy as np
from safetensors.numpy import load, save

seen = []
for kind in (ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2):
    data = save({"a": np.ones(3, kind), "b": np.ones(3, np.float32)})
    try:
        load(data)
        seen.append("read")
    except KeyError as error:
        seen.append(f"KeyError {error}")
    print(kind.__name__, len(data), "bytes written;", seen[-1])
sys.exit(0 if all(text.startswith("KeyError") for text in seen) else 1)
PY
