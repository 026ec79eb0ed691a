#!/bin/sh
# onnxruntime 1.32.0, quantize_dynamic.
#
# Guess: weights of GRU and RNN become 8-bit integers, as those of LSTM do.
# Seen: a network of one LSTM and one matrix shrinks from 148 kB to 38 kB. With GRU in its place the matrix alone is quantized,
# the GRU stays in float, and of 115 kB 103 kB remain. So it is with RNN. The one warning, to preprocess the model first,
# is the same for all three, and naming GRU in op_types_to_quantize changes nothing.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import logging
import os
import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic

logging.disable(logging.WARNING)
random, width, seen = np.random.default_rng(0), 64, {}
for kind, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
    shapes = {"W": (1, gates * width, width), "R": (1, gates * width, width), "M": (width, width)}
    weights = [numpy_helper.from_array(random.normal(size=shape).astype(np.float32), name) for name, shape in shapes.items()]
    nodes = [helper.make_node(kind, ["x", "W", "R"], ["y"], hidden_size=width), helper.make_node("MatMul", ["y", "M"], ["z"])]
    x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [10, 1, width])
    z = helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "network", [x], [z], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), "float.onnx")
    for how in (None, [kind, "MatMul"]):
        quantize_dynamic("float.onnx", "int8.onnx", op_types_to_quantize=how)
        first = onnx.load("int8.onnx").graph.node[0].op_type
        share = os.path.getsize("int8.onnx") / os.path.getsize("float.onnx")
        seen.setdefault(kind, []).append((first, share < 0.3))
        print(f"{kind}, op_types_to_quantize={how}: {os.path.getsize('float.onnx')} bytes become {os.path.getsize('int8.onnx')}; it is now {first}")
expected = {"LSTM": [("DynamicQuantizeLSTM", True)] * 2, "GRU": [("GRU", False)] * 2, "RNN": [("RNN", False)] * 2}
sys.exit(0 if seen == expected else 1)
PY
