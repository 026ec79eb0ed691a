#!/bin/sh
# onnxconverter-common 1.16.0 with onnx 1.23.2: weights above 10 000 become 10 000 in float16, though 65 504 fits.
#
# Guess: convert_float_to_float16 rounds each weight to the nearest float16; at most those above 65 504 are cut.
# Seen: 20000 and 60000 become 10000, and -30000 becomes -10000. 1e-9 becomes 1e-7, larger, instead of 0, and so does 7e-8, which float16
# has almost exactly. The limits are the defaults of two arguments, min_positive_val and max_finite_val. Infinity is "truncated to 10000"
# in the warning, but stays. Scales of integer models (1 / 32768 / 32768) and masks of -1e9 are such weights.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check onnxconverter-common==1.16.0 onnx==1.23.2 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys
import warnings

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnxconverter_common import float16

values = np.array([20000, 60000, -30000, -1e9, 7e-8, 1e-9, 0.1, np.inf], np.float32)
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [len(values)]) for name in "xy"]
graph = helper.make_graph([helper.make_node("Mul", ["x", "w"], ["y"])], "graph", ends[:1], ends[1:], [numpy_helper.from_array(values, "w")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    converted = float16.convert_float_to_float16(model, keep_io_types=True)
    with np.errstate(over="ignore"):
        nearest = values.astype(np.float16)
seen = numpy_helper.to_array(converted.graph.initializer[0])
for value, each, near in zip(values, seen, nearest, strict=True):
    print(f"{value:g} becomes {each:g}; the nearest float16 is {near:g}")
for warning in caught:
    print("warning:", warning.message)
sys.exit(0 if seen[:4].tolist() == [10000, 10000, -10000, -10000] and seen[5] > 0 and nearest[5] == 0 and np.isinf(seen[7]) else 1)
PY
