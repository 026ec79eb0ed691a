#!/bin/sh
# openvino 2026.4.1 and onnxruntime 1.32.0, on a CPU: OpenVINO turns NaN into numbers, and ONNX Runtime's ReduceMax then finds another maximum.
#
# Guess: NaN stays NaN in each operation, so a network that broke says so; a maximum of values with a NaN among them is NaN, or that of the others.
# Seen: in OpenVINO Relu(NaN) is 0, HardSigmoid(NaN) 1 and Exp(NaN) infinite; Sigmoid, Tanh and Softplus keep it, as ONNX Runtime does in all.
# So one Relu hides a NaN for ever. ReduceMax of (0, NaN, 2, 3) is 3 in OpenVINO and 2 in ONNX Runtime: not NaN, and not the maximum. NaN in
# first place gives NaN there, in last place not. ONNX's own evaluator says NaN.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check openvino==2026.4.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import onnxruntime
import openvino
from onnx import TensorProto, helper


def both(kind, values, **attributes):
    """By OpenVINO and by ONNX Runtime."""
    x = np.array(values, np.float32)
    ends = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape), helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"], **attributes)], "graph", [ends[0]], [ends[1]])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    other = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    return float(np.ravel(openvino.compile_model(openvino.Core().read_model(model), "CPU")([x])[0])[0]), float(np.ravel(other)[0])


nan, right = float("nan"), True
for kind, expected in (("Relu", 0), ("HardSigmoid", 1), ("Exp", float("inf")), ("Sigmoid", nan), ("Tanh", nan), ("Softplus", nan)):
    seen = both(kind, [nan])
    print(f"{kind} of NaN: OpenVINO {seen[0]}, ONNX Runtime {seen[1]}")
    right = right and str(seen[0]) == str(float(expected)) and np.isnan(seen[1])
for values, expected in (([nan, 1, 2, 3], (3, nan)), ([0, nan, 2, 3], (3, 2)), ([0, 1, 2, nan], (nan, 2))):
    seen = both("ReduceMax", values, keepdims=0)
    print(f"ReduceMax of {values}: OpenVINO {seen[0]}, ONNX Runtime {seen[1]}")
    right = right and np.array_equal(seen, expected, equal_nan=True)
sys.exit(0 if right else 1)
PY
