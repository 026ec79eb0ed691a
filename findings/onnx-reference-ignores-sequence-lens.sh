#!/bin/sh
# onnx 1.23.2, its reference evaluator: RNN, GRU and LSTM ignore the input sequence_lens.
#
# Guess: the evaluator that runtimes are compared with obeys the lengths of a padded batch, or refuses them.
# Seen: with lengths of 20, 7 and 3 its outputs are bit by bit those without lengths: not 0 behind the ends, and Y_h is the state after the padding.
# onnxruntime 1.32.0 obeys them. Without lengths both agree.
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
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

rng = np.random.default_rng(0)
units, features, right = 6, 4, True
x = rng.normal(size=(20, 3, features)).astype(np.float32)
onnxruntime.set_default_logger_severity(3)


def run(kind, gates, lengths):
    """Y and Y_h, by the evaluator and by ONNX Runtime."""
    draw = np.random.default_rng(1)
    shapes = {"W": (1, gates * units, features), "R": (1, gates * units, units), "B": (1, 2 * gates * units)}
    constants = [numpy_helper.from_array(draw.normal(size=shape).astype(np.float32), name) for name, shape in shapes.items()]
    constants += [numpy_helper.from_array(np.array([20, 7, 3], np.int32), "L")] if lengths else []
    node = helper.make_node(kind, ["X", "W", "R", "B", "L" if lengths else ""], ["Y", "Y_h"], hidden_size=units)
    outs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("Y", "Y_h")]
    graph = helper.make_graph([node], "graph", [helper.make_tensor_value_info("X", TensorProto.FLOAT, x.shape)], outs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return ReferenceEvaluator(model).run(None, {"X": x}), session.run(None, {"X": x})


for kind, gates in (("RNN", 1), ("GRU", 3), ("LSTM", 4)):
    plain = run(kind, gates, False)
    for lengths in (False, True):
        ours, theirs = run(kind, gates, lengths)
        apart = [float(np.abs(a - b).max()) for a, b in zip(ours, theirs)]
        same = all(np.array_equal(a, b) for a, b in zip(ours, plain[0]))
        print(f"{kind} {'with' if lengths else 'without'} lengths: Y and Y_h differ from ONNX Runtime's by {apart[0]:.2g} and {apart[1]:.2g}, "
              f"{'not at all' if same else 'somewhat'} from those without lengths")
        right = right and same and (min(apart) > 0.01 if lengths else max(apart) < 1e-4)
sys.exit(0 if right else 1)
PY
