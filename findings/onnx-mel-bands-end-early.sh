#!/bin/sh
# onnx 1.23.2 and onnxruntime 1.32.0, operator MelWeightMatrix (opset 17), which turns spectra into mel bands.
#
# Guess: n bands of triangles from lower_edge_hertz to upper_edge_hertz, as HTK, librosa and torchaudio have them.
# Seen: n + 2 edges are spaced by an (n + 2)th of the range, not by an (n + 1)th, so the last never is the upper edge, and each is
# rounded down to a bin. Of 40 bands up to 8000 Hz at 16 kHz the highest ends at 7500 Hz and its centre of mass is 471 Hz low. Of 80 bands
# from 400 points five are the same as their neighbour. onnx's reference evaluator and onnxruntime agree in it to the bit. So a model
# that was trained on the usual bands needs them stored as a matrix.
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

RATE = 16000


def by_onnx(bands, points):
    values = [np.int64(bands), np.int64(points), np.int64(RATE), np.float32(0), np.float32(RATE / 2)]
    inputs = [numpy_helper.from_array(np.array(value), name) for value, name in zip(values, "abcde")]
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node("MelWeightMatrix", list("abcde"), ["y"])], "mel", [], [out], inputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    weights = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {})[0]
    assert np.array_equal(weights, ReferenceEvaluator(model).run(None, {})[0])
    return weights


def by_htk(bands, hertz):
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + RATE / 2 / 700), bands + 2) / 2595) - 1)
    rising = (hertz[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hertz[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))


seen = []
for bands, points in ((40, 512), (80, 400)):
    hertz = np.arange(points // 2 + 1) * RATE / points
    ends, centres, same = [], [], []
    for weights in (by_onnx(bands, points), by_htk(bands, hertz)):
        ends.append(hertz[np.flatnonzero(weights[:, -1] > 1e-6)[-1]])
        centres.append(weights[:, -1] @ hertz / weights[:, -1].sum())
        same.append(int(np.sum((weights[:, 1:] == weights[:, :-1]).all(axis=0))))
    seen.append((centres[1] - centres[0], *same))
    print(f"{bands} bands, {points} points (onnx, HTK): last bin above 0 at {ends[0]:.0f}, {ends[1]:.0f} Hz; centre of the highest band "
          f"{centres[0]:.0f}, {centres[1]:.0f} Hz; bands like their neighbour {same[0]}, {same[1]}")
sys.exit(0 if seen[0][0] > 400 and seen[1][1:] == (5, 0) else 1)
PY
