#!/bin/sh
# safetensors 0.8.0: safetensors.numpy saves an array that is not contiguous as if it were, without a word.
#
# Guess: a transposed array is saved with its values, or refused.
# Seen: transposed, sliced, reversed, Fortran-ordered and broadcast arrays come back with the right shape and other
# values. numpy.ascontiguousarray before saving avoids it.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
from safetensors.numpy import load, save

x = np.arange(12, dtype=np.float32).reshape(3, 4)
arrays = {"contiguous": x, "transposed": x.T, "every second column": x[:, ::2], "Fortran order": np.asfortranarray(x)}
wrong = []
for name, array in arrays.items():
    back = load(save({"a": array}))["a"]
    same = np.array_equal(back, array)
    print(f"{name}: same shape {back.shape == array.shape}, same values {same}, first row {array[0]} -> {back[0]}")
    if not same:
        wrong.append(name)
sys.exit(0 if wrong == list(arrays)[1:] else 1)
PY
