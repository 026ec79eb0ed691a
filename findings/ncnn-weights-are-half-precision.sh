#!/bin/sh
# ncnn 1.0.20261020 on x86-64: weights of float32 files are stored and used as float16, on a processor that computes in float32.
#
# Guess: a model of float32 weights is computed with them unless something asks for less; float16 is for phones.
# Seen: weights 100000, 0.1 and 1e-8 of an InnerProduct work as infinity, 0.09997559 and 0, and noise weights give results that are 0.07 %
# off. It is right to a rounding with net.opt.use_fp16_storage, use_fp16_packed and use_fp16_arithmetic set to False before the model is
# loaded.
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


def product(weights, inputs, half):
    with open("net.param", "w") as file:
        file.write(f"7767517\n2 2\nInput in0 0 1 in0\nInnerProduct layer 1 1 in0 out0 0={len(weights)} 1=0 2={weights.size}\n")
    with open("net.bin", "wb") as file:
        file.write(np.array([0], np.uint32).tobytes() + weights.tobytes())
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    if not half:
        net.opt.use_fp16_storage = net.opt.use_fp16_packed = net.opt.use_fp16_arithmetic = False
    net.load_param("net.param")
    net.load_model("net.bin")
    extractor = net.create_extractor()
    extractor.input("in0", ncnn.Mat(inputs).clone())
    return np.array(extractor.extract("out0")[1].clone())


few = np.array([[100000], [0.1], [1e-8]], np.float32)
seen = {half: product(few, np.ones(1, np.float32), half) for half in (True, False)}
random = np.random.default_rng(0)
noise, inputs = random.normal(size=(16, 16)).astype(np.float32), random.normal(size=16).astype(np.float32)
exact = noise.astype(float) @ inputs
error = {half: float(np.abs(product(noise, inputs, half) - exact).max() / np.abs(exact).max()) for half in (True, False)}
for half, name in ((True, "by default"), (False, "without fp16")):
    print(f"{name}: weights 100000, 0.1 and 1e-8 work as {seen[half].tolist()}; error with noise {100 * error[half]:.2g} %")
as_seen = np.isinf(seen[True][0]) and seen[True][2] == 0 and error[True] > 1e-4
sys.exit(0 if as_seen and np.array_equal(seen[False], few[:, 0]) and error[False] < 1e-6 else 1)
PY
