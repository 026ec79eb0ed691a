#!/bin/sh
# MNN 3.6.1: MNN.numpy divides integers to integers, rounds halves away from zero and has no 64 bits.
#
# Guess: MNN.numpy is made to stand in for NumPy, so the same lines give the same numbers, or an error.
# Seen: array([1, 2]) / 2 is [0, 1] instead of [0.5, 1]; -7 / 2 is -3 and -7 // 2 is -4. array([2**40]) is 0. round of 0.5, 1.5 and 2.5 is
# 1, 2 and 3, not 0, 2 and 2. arange(0, 1, 0.3) is empty. max passes over NaN, and clip turns it into the upper limit. None of these
# warns.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check mnn==3.6.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import MNN.numpy as mp
import numpy as np

nan = float("nan")
seen = {}
for name, module in (("MNN", mp), ("numpy", np)):
    seen[name] = {
        "array([1, 2]) / 2": module.array([1, 2]) / 2,
        "array([-7]) / 2": module.array([-7]) / 2,
        "array([-7]) // 2": module.array([-7]) // 2,
        "array([2**40])": module.array([2**40]),
        "round of 0.5, 1.5, 2.5": module.round(module.array([0.5, 1.5, 2.5])),
        "max of 1, NaN, 2": module.max(module.array([1.0, nan, 2.0])),
        "clip of NaN to 0, 1": module.clip(module.array([nan]), 0, 1),
    }

def plain(value):
    return np.ravel(value.read() if hasattr(value, "read") else value).tolist()


lists = {name: {what: plain(value) for what, value in each.items()} for name, each in seen.items()}
for what in lists["MNN"]:
    print(f"{what}: MNN {lists['MNN'][what]}, NumPy {lists['numpy'][what]}")
sys.exit(0 if list(lists["MNN"].values()) == [[0, 1], [-3], [-4], [0], [1, 2, 3], [2], [1]] else 1)
PY
