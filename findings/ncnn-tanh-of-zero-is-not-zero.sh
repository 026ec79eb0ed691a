#!/bin/sh
# ncnn 1.0.20261020 on x86-64: tanh(0) is not 0, sigmoid never reaches 1, and both hide NaN.
#
# Guess: activations are right to a rounding, and exact where every library is exact: tanh(0) = 0, sigmoid(0) = 0.5, NaN stays NaN.
# Seen: TanH of 0 is -6e-8, its largest value 0.9999999; Sigmoid of 0 is 0.49999997. NaN becomes -1 in TanH, 0 in Sigmoid and the upper
# limit in Clip, while ReLU keeps it. Only whole groups of four values are so: the last of five zeros is exactly 0. So silence of a
# recurrent network is no silence, and a value depends on its place.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check ncnn==1.0.20261020 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import ncnn
import numpy as np


def layer(kind, parameters, values):
    with open("net.param", "w") as file:
        file.write(f"7767517\n2 2\nInput in0 0 1 in0\n{kind} layer 1 1 in0 out0 {parameters}\n")
    open("net.bin", "wb").close()
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.load_param("net.param")
    net.load_model("net.bin")
    extractor = net.create_extractor()
    extractor.input("in0", ncnn.Mat(np.array(values, np.float32)).clone())
    return np.array(extractor.extract("out0")[1].clone())


zeros = {kind: layer(kind, "", [0] * 5) for kind in ("TanH", "Sigmoid")}
for kind, values in zeros.items():
    print(f"{kind} of five zeros:", values.tolist())
large = layer("TanH", "", [20] * 4), layer("Sigmoid", "", [50] * 4)
print("TanH of 20:", float(large[0][0]), "Sigmoid of 50:", float(large[1][0]))
kinds = {"TanH": "", "Sigmoid": "", "Clip": "0=0.0 1=6.0", "ReLU": "0=0.0"}
nan = {kind: float(layer(kind, parameters, [np.nan] * 4)[0]) for kind, parameters in kinds.items()}
print("NaN becomes", nan)
as_seen = zeros["TanH"][0] != 0 and zeros["Sigmoid"][0] != 0.5 and large[0][0] < 1 and large[1][0] < 1
sys.exit(0 if as_seen and (nan["TanH"], nan["Sigmoid"], nan["Clip"]) == (-1, 0, 6) and np.isnan(nan["ReLU"]) else 1)
PY
