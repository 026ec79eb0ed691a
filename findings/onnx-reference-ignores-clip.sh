#!/bin/sh
# onnx 1.23.2 and onnxruntime 1.32.0: the reference evaluator ignores the attribute `clip` of RNN and LSTM.
#
# Guess: the reference implementation of the standard shows what an attribute means, or refuses it.
# Seen: onnxruntime bounds the inputs of the activations to clip=0.1. onnx.reference gives the outputs that it gives without
# clip, to the bit, and says nothing: the two differ by more than 0.1. Without clip they agree to 1e-6.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator


def outputs(op, gates, **attributes):
    rng = np.random.default_rng(1)
    matrices = [
        numpy_helper.from_array(rng.standard_normal((1, gates * 4, wide)).astype(np.float32), name)
        for name, wide in (("W", 3), ("R", 4))
    ]
    x = rng.standard_normal((5, 1, 3)).astype(np.float32)
    node = helper.make_node(op, ["X", "W", "R"], ["Y"], hidden_size=4, **attributes)
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [node], "g", [info("X", TensorProto.FLOAT, [5, 1, 3])], [info("Y", TensorProto.FLOAT, None)], matrices
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return ReferenceEvaluator(model).run(None, {"X": x})[0], session.run(None, {"X": x})[0]


as_seen = True
for op, gates in (("RNN", 1), ("LSTM", 4)):
    plain, clipped = outputs(op, gates), outputs(op, gates, clip=0.1)
    print(op, "difference without clip", np.abs(plain[0] - plain[1]).max(), "with", np.abs(clipped[0] - clipped[1]).max())
    print("  the reference evaluator changed with clip:", not np.array_equal(plain[0], clipped[0]))
    as_seen &= np.array_equal(plain[0], clipped[0]) and np.abs(clipped[0] - clipped[1]).max() > 0.1
sys.exit(0 if as_seen else 1)
PY
