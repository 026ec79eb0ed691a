#!/bin/sh
# snntorch 1.0.0: Lapicque(beta=...) decays by 1 + ln(beta) each step, not by beta, and blows up for a small beta.
#
# Guess: beta is the part of the membrane potential that is left after a step, as for Leaky, and anything in 0 to 1 is stable.
# Seen: beta = 0.9 leaves 0.895, 0.5 leaves 0.307, 0.3 leaves -0.204 and 0.1 leaves -1.303, so that a single input swings ever higher.
# beta is turned into RC = -1 / ln(beta), and that is stepped by Euler's method. The first input counts -ln(beta) times. Leaky leaves beta.
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


def left(neuron):
    """What the second step without input leaves of the first, and the potential behind six of them."""
    state, course = neuron.reset_mem(), []
    for value in (0.25, 0, 0, 0, 0, 0, 0):
        _, state = neuron(torch.tensor([float(value)]), state)
        course.append(float(state))
    return course[1] / course[0], course[-1]


right = True
for beta, expected in {0.9: 0.8946, 0.5: 0.3069, 0.3: -0.2040, 0.1: -1.3026}.items():
    settings = {"beta": beta, "reset_mechanism": "none"}
    seen, leaky = left(snntorch.Lapicque(**settings)), left(snntorch.Leaky(**settings))
    print(f"beta {beta}: Lapicque leaves {seen[0]:.4f}, after six steps {seen[1]:.4f}; Leaky leaves {leaky[0]:.4f}, {leaky[1]:.4f}")
    right = right and abs(seen[0] - expected) < 1e-3 and abs(leaky[0] - beta) < 1e-5
sys.exit(0 if right else 1)
PY
