#!/bin/sh
# snntorch 1.0.0: two surrogate gradients do not have their peak at the threshold: one is turned round above it, one lies a whole unit too high.
#
# Guess: a surrogate for the step is positive and largest at the threshold, as that of fast_sigmoid and atan; triangular is a triangle.
# Seen: triangular is 1 everywhere below the threshold and -1 everywhere above it, so above it a stronger input counts as fewer spikes.
# spike_rate_escape peaks at 25 where the potential is 1 above the threshold, so at twice a threshold of 1; at the threshold it is 9.2, as
# it is at thrice. Its formula is written for the potential, and is given the distance from the threshold.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check torch==2.13.0 snntorch==1.0.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import snntorch
import torch
from snntorch import surrogate

potentials = [0.0, 0.5, 0.9, 1.1, 1.5, 2.0, 3.0]
seen = {}
for name in ("fast_sigmoid", "atan", "triangular", "spike_rate_escape"):
    neuron = snntorch.Leaky(beta=0.9, threshold=1.0, spike_grad=getattr(surrogate, name)())
    inputs = torch.tensor(potentials, requires_grad=True)
    spikes, _ = neuron(inputs, torch.zeros(len(potentials)))
    spikes.sum().backward()
    seen[name] = [round(value, 2) for value in inputs.grad.tolist()]
print("gradient by potential, threshold 1:", potentials)
for name, values in seen.items():
    print(f"{name}: {values}")
escape = seen["spike_rate_escape"]
sys.exit(0 if seen["triangular"] == [1.0] * 3 + [-1.0] * 4 and max(escape) == escape[5] == 25 and seen["atan"][2] > seen["atan"][5] else 1)
PY
