#!/bin/sh
# onnxruntime 1.32.0, on a CPU: Sigmoid is 0 below -18, and twice or half of what it should be just above.
#
# Guess: a sigmoid of floats is right to a few units of its last digit, and above 0 down to -88, so Log(Sigmoid(x)) is a number.
# Seen: 0 from -18 down, so its logarithm is minus infinity (OpenVINO gives 2.1e-9 at -20). At -17 it is 9e-8 where 4e-8 is right, at -16 6e-8 where
# 1.1e-7 is: it falls as x rises. At -12 it is off by half a percent. Its error is up to 1.4e-7 everywhere, whatever its value.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper


def session(kinds):
    names = [f"x{index}" for index in range(len(kinds) + 1)]
    nodes = [helper.make_node(kind, [first], [second]) for kind, first, second in zip(kinds, names, names[1:])]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["length"]) for name in (names[0], names[-1])]
    model = helper.make_model(helper.make_graph(nodes, "graph", ends[:1], ends[1:]), opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    run = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda x: run.run(None, {"x0": np.array(x, np.float32)})[0]


sigmoid, some = session(["Sigmoid"]), [-30, -20, -18, -17, -16, -15, -12, -10, -5]
for x, seen in zip(some, sigmoid(some)):
    print(f"Sigmoid({x}): {seen:.4g}, right {1 / (1 + np.exp(-x)):.4g}")
logarithms = session(["Sigmoid", "Log"])([-20, -10])
print("Log(Sigmoid) at -20 and -10:", logarithms)
x = np.linspace(-30, 0, 300001)
seen = sigmoid(x)
falls = int(np.sum(np.diff(seen) < 0))
print(f"the last zero is at {x[np.flatnonzero(seen == 0)[-1]]:.3f}; of 300000 steps up {falls} go down; largest error "
      f"{np.abs(seen - 1 / (1 + np.exp(-x))).max():.1e}")
sys.exit(0 if sigmoid([-20.0])[0] == 0 and sigmoid([-17.0])[0] > sigmoid([-16.0])[0] and np.isneginf(logarithms[0]) and falls > 100 else 1)
PY
