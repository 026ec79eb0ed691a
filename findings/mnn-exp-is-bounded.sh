#!/bin/sh
# MNN 3.6.1 on x86-64: exp has a largest and a smallest value, and small values of tanh, log1p and expm1 have few right digits.
#
# Guess: float functions are right to some units in the last place, exp(100) is infinite and exp(-100) in float32 about 4e-44, or 0.
# Seen: exp(100) is 6.08e37, as is exp(88), and exp(-100) is 1.6e-38: the input is cut to +-87. So an overflow is never seen, and a ratio
# of two of them is 1. tanh(0.0001) is 0.03 % too large, log1p and expm1 of 1e-9 are 0, softplus(-20) is 0. ReLU of NaN is 0, and ReLU6 of
# NaN is 6.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check mnn==3.6.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import MNN.expr as F
import numpy as np


def of(function, value):
    return float(np.array(function(F.const([float(value)] * 4, [4])).read())[0])


nan = float("nan")
cases = [("exp", 88), ("exp", 100), ("exp", -100), ("tanh", 1e-4), ("log1p", 1e-9), ("expm1", 1e-9), ("softplus", -20), ("relu", nan), ("relu6", nan)]
seen = {case: of(getattr(F, case[0]), case[1]) for case in cases}
for (name, value), result in seen.items():
    print(f"{name}({value}) is {result:.7g}")
exp = [seen["exp", value] for value in (88, 100, -100)]
as_seen = exp[0] == exp[1] < 1e38 and exp[2] > 1e-39 and abs(seen["tanh", 1e-4] / np.tanh(1e-4) - 1) > 1e-4
zero = [seen["log1p", 1e-9], seen["expm1", 1e-9], seen["softplus", -20]]
sys.exit(0 if as_seen and zero == [0, 0, 0] and list(seen.values())[-2:] == [0, 6] else 1)
PY
