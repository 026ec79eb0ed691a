#!/bin/sh
# onnx 1.23.2 and onnxruntime 1.32.0: in the reference evaluator a large positive float quantizes to the lowest integer.
#
# Guess: QuantizeLinear saturates, so 3e9 at scale 1 is 127 in both.
# Seen: 127 in onnxruntime, -128 in onnx.reference, which goes through int32 before it saturates. A small scale gets there
# with common values: 1.0 at a scale of 1e-10. Seen on x86-64; a float beyond int32 converts otherwise on other processors.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
import warnings

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

warnings.simplefilter("ignore")


def quantized(x, scale):
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("QuantizeLinear", ["X", "s", "z"], ["Y"])],
        "g",
        [info("X", TensorProto.FLOAT, [None])],
        [info("Y", TensorProto.INT8, [None])],
        [numpy_helper.from_array(np.float32(scale), "s"), numpy_helper.from_array(np.int8(0), "z")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = {"X": np.array(x, np.float32)}
    return ReferenceEvaluator(model).run(None, feed)[0].tolist(), session.run(None, feed)[0].tolist()


seen = [quantized([200, 2e9, 3e9, -3e9], 1.0), quantized([1e-10, 1.0], 1e-10)]
for reference, runtime in seen:
    print("reference", reference, "onnxruntime", runtime)
expected = [([127, 127, -128, -128], [127, 127, 127, -128]), ([1, -128], [1, 127])]
sys.exit(0 if seen == expected else 1)
PY
