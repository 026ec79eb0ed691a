#!/bin/sh
# openvino 2026.4.1, on a CPU: int64 is computed in 32 bits, though inputs and outputs are int64.
#
# Guess: a model whose input and output are int64 adds, multiplies and casts in 64 bits, as ONNX Runtime and ONNX's own evaluator do.
# Seen: 2**40 + 1 is 1, 2**31 + 0 is -2**31, 65536 * 65536 is 0, and Cast of 3e9 to int64 is -2**31: inputs are cut to 32 bits and results widened
# again, without a word. A counter of samples turns negative after 13.5 hours at 44 100 Hz.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check openvino==2026.4.1 onnx==1.23.2 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import openvino
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def both(kind, values, **attributes):
    """By OpenVINO and by ONNX's own evaluator; the output is int64."""
    names = "xy"[: len(values)]
    ins = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), [1]) for n, v in zip(names, values)]
    out = helper.make_tensor_value_info("z", TensorProto.INT64, [1])
    graph = helper.make_graph([helper.make_node(kind, list(names), ["z"], **attributes)], "graph", ins, [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    theirs = openvino.compile_model(openvino.Core().read_model(model.SerializeToString()), "CPU")(values)[0]
    return str(theirs.dtype), int(theirs[0]), int(ReferenceEvaluator(model).run(None, dict(zip(names, values)))[0][0])


right = True
for kind, first, second in (("Add", 2**31 - 1, 1), ("Add", 2**31, 0), ("Add", 2**40, 1), ("Mul", 65536, 65536), ("Cast", 3e9, None)):
    if kind == "Cast":
        seen = both(kind, [np.array([first], np.float32)], to=TensorProto.INT64)
    else:
        seen = both(kind, [np.array([each], np.int64) for each in (first, second)])
    print(f"{kind} {first} {second}: OpenVINO {seen[1]} ({seen[0]}), ONNX's evaluator {seen[2]}")
    right = right and seen[0] == "int64" and seen[1] != seen[2] and -(2**31) <= seen[1] < 2**31 <= seen[2]
sys.exit(0 if right else 1)
PY
