#!/bin/sh
# snntorch 1.0.0: a membrane with state_quant has no zero, and does not decay.
#
# Guess: a neuron without input that quantizes its state stays at 0, as one without, and a charge decays to about a step of 0.
# Seen: at rest it is at 0.027 with 4 bits and at -0.267 with 2, for the levels run from -1 to 1.2 times the threshold in equal steps, and
# 0 is none of them. With beta = 0.9 and 4 bits a charge of 0.9 stops at 0.613 and stays there for ever: rounding to the nearest undoes
# the decay. And an input of 3 is cut to 1.2, so it gives one spike, not two.
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
from snntorch.functional import quant


def course(first, bits):
    quantizer = quant.state_quant(num_bits=bits, uniform=True, threshold=1.0) if bits else False
    neuron = snntorch.Leaky(beta=0.9, state_quant=quantizer)
    state, spikes, potentials = neuron.reset_mem(), 0, []
    for step in range(100):
        spike, state = neuron(torch.tensor([first if step == 0 else 0.0]), state)
        spikes += int(spike)
        potentials.append(round(float(state), 3))
    return potentials[0], potentials[-1], spikes


seen = {}
for bits in (2, 4, 8, None):
    for first in (0.0, 0.9, 3.0):
        seen[bits, first] = course(first, bits)
        start, end, spikes = seen[bits, first]
        print(f"{bits or 'float'} bits, input {first}: potential {start} first, {end} after 100 steps; {spikes} spikes")
as_seen = (seen[2, 0.0][1], seen[4, 0.0][1], seen[4, 0.9][1]) == (-0.267, 0.027, 0.613) and seen[4, 3.0][2] == 1 and seen[None, 3.0][2] == 2
sys.exit(0 if as_seen and seen[None, 0.9][1] == 0 else 1)
PY
