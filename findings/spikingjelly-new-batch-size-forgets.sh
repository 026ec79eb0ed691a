#!/bin/sh
# spikingjelly 2.0.0: an input of another batch size sets a neuron's state to zero without a word, and a saved model has no states.
#
# Guess: a layer that was fed one stream fails, or broadcasts, when two come; state_dict() has its potential, as buffers of BatchNorm.
# Seen: LIFNode begins at 0 again, so a shorter last batch of a stream of blocks looks like a start. state_dict() is empty, so a stream
# that is saved and loaded goes on from 0, and load_state_dict finds nothing wrong.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check torch==2.13.0 spikingjelly==2.0.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import torch
from spikingjelly.activation_based import neuron

cell = neuron.LIFNode(tau=2.0, v_threshold=10.0)
course = []
for _ in range(4):
    cell(torch.ones(1, 2))
    course.append(cell.v.flatten().tolist()[0])
print("potential, batches of 1:", course)
other = neuron.LIFNode(tau=2.0, v_threshold=10.0)
print("state_dict:", dict(cell.state_dict()), "loading it:", other.load_state_dict(cell.state_dict()), "potential:", other.v)
cell(torch.ones(2, 2))
print("behind a batch of 2:", cell.v.tolist())
sys.exit(0 if course == [0.5, 0.75, 0.875, 0.9375] and cell.v.flatten().tolist() == [0.5] * 4 and other.v == 0 else 1)
PY
