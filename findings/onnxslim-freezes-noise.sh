#!/bin/sh
# onnxslim 0.1.98 with onnx 1.23.2 and onnxruntime 1.32.0: random numbers become constants.
#
# Guess: nodes without inputs that are not deterministic, such as RandomNormal, are left alone when constants are folded.
# Seen: RandomNormal, RandomUniform, RandomNormalLike of a constant and Bernoulli of a constant are computed once, and the model adds the
# same noise at every call from then on. Dither, sampling and noise injection stop, and no output shows it. onnxsim 0.8.1 leaves them
# alone.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check onnxslim==0.1.98 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import numpy as np
import onnx
import onnxruntime
import onnxslim
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(3)


def model(node):
    """The sum of an input of eight zeros and the node's result."""
    put = helper.make_tensor_value_info("x", TensorProto.FLOAT, [8])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [8])
    half = numpy_helper.from_array(np.full(8, 0.5, np.float32), "half")
    graph = helper.make_graph([node, helper.make_node("Add", ["x", "r"], ["y"])], "graph", [put], [out], [half])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def differs(made):
    """Whether one session gives different results for the same input."""
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    first, *others = [session.run(None, {"x": np.zeros(8, np.float32)})[0] for _ in range(20)]
    return any(not np.array_equal(first, other) for other in others)


nodes = [
    helper.make_node("RandomNormal", [], ["r"], shape=[8]),
    helper.make_node("RandomUniform", [], ["r"], shape=[8]),
    helper.make_node("RandomNormalLike", ["half"], ["r"]),
    helper.make_node("Bernoulli", ["half"], ["r"]),
]
seen = []
for node in nodes:
    before, slim = differs(model(node)), onnxslim.slim(model(node))
    seen.append((before, differs(slim)))
    print(node.op_type, "random:", before, "after slim:", seen[-1][1], "nodes left:", [each.op_type for each in slim.graph.node])
sys.exit(0 if seen == [(True, False)] * 4 else 1)
PY
