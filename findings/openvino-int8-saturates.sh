#!/bin/sh
# openvino 2026.4.1, on a CPU: int8 and uint8 saturate where int16 and int32 wrap, and uint8 255 * 255 is 0.
#
# Guess: ONNX's Add, Sub, Mul and BitShift of integers wrap as in NumPy, in ONNX's own evaluator and in ONNX Runtime, in all widths alike.
# Seen: int8 127 + 1 is 127 and -128 - 1 is -128, uint8 0 - 1 is 0 and 255 << 1 is 255; int8 127 * 127 is 127, but uint8 255 * 255 is 0, neither
# wrapped (1) nor saturated. int16, int32 wrap. Counters and residues modulo 256 come out otherwise than anywhere else.
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
from onnx import helper
from onnx.reference import ReferenceEvaluator


def both(kind, first, second, dtype, **attributes):
    """By OpenVINO and by ONNX's own evaluator."""
    values = [np.array([each], dtype) for each in (first, second)]
    element = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    x, y, z = (helper.make_tensor_value_info(name, element, [1]) for name in "xyz")
    graph = helper.make_graph([helper.make_node(kind, ["x", "y"], ["z"], **attributes)], "graph", [x, y], [z])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    theirs = openvino.compile_model(openvino.Core().read_model(model.SerializeToString()), "CPU")(values)[0]
    return int(theirs[0]), int(ReferenceEvaluator(model).run(None, dict(zip("xy", values)))[0][0])


right = True
for kind, first, second, dtype, expected in (
    ("Add", 127, 1, np.int8, (127, -128)),
    ("Sub", -128, 1, np.int8, (-128, 127)),
    ("Mul", 127, 127, np.int8, (127, 1)),
    ("Add", 255, 1, np.uint8, (255, 0)),
    ("Sub", 0, 1, np.uint8, (0, 255)),
    ("Mul", 255, 255, np.uint8, (0, 1)),
    ("BitShift", 255, 1, np.uint8, (255, 254)),
    ("Add", 32767, 1, np.int16, (-32768, -32768)),
    ("Mul", 32767, 32767, np.int16, (1, 1)),
    ("Add", 2**31 - 1, 1, np.int32, (-(2**31), -(2**31))),
):
    seen = both(kind, first, second, dtype, **({"direction": "LEFT"} if kind == "BitShift" else {}))
    print(f"{kind} of {np.dtype(dtype)} {first} and {second}: OpenVINO {seen[0]}, ONNX's evaluator {seen[1]}")
    right = right and seen == expected
sys.exit(0 if right else 1)
PY
