#!/bin/sh
# onnxruntime 1.32.0, on a CPU: STFT and DFT of frames that are no power of two are 40 dB noisier.
#
# Guess: a transform of floats has a signal-to-noise ratio of about 130 dB at each length, as NumPy and pocketfft have.
# Seen: 128 dB for frames of 256 and 512, but 92 for 320 (20 ms at 16 kHz), 88 for 480 (10 ms at 48 kHz), 82 for 960 and 58 for 16 000: more noise than
# 16 bits have. Frames in speech are round in milliseconds, so most of them are such lengths.
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
from onnx import TensorProto, helper

rng, right = np.random.default_rng(0), True
for length, expected in ((256, 128), (320, 92), (480, 88), (512, 128), (960, 82), (16000, 58)):
    sound = rng.normal(size=(1, 4 * length, 1)).astype(np.float32)
    ends = helper.make_tensor_value_info("x", TensorProto.FLOAT, sound.shape), helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    constants = [helper.make_tensor(name, TensorProto.INT64, [], [length]) for name in ("step", "frame")]
    graph = helper.make_graph([helper.make_node("STFT", ["x", "step", "", "frame"], ["y"])], "graph", [ends[0]], [ends[1]], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    out = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"x": sound})[0][0]
    exact = np.fft.rfft(sound.astype(float).reshape(4, length))
    ratio = 10 * np.log10(np.sum(np.abs(exact) ** 2) / np.sum(np.abs(out[..., 0] + 1j * out[..., 1] - exact) ** 2))
    print(f"frames of {length}: signal-to-noise ratio {ratio:.1f} dB")
    right = right and abs(ratio - expected) < 3
sys.exit(0 if right else 1)
PY
