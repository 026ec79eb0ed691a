#!/bin/sh
# norse 1.1.0: a finer time step makes the same input larger, and a coarse one makes the neuron swing.
#
# Guess: dt is the step of the integration, so a constant input of 1 leads to about the same potential for any dt.
# Seen: after 50 ms LICell is at 1.0, 5.0 and 49.4 for dt of 5, 1 and 0.1 ms: the input is added to the synaptic current at each step without dt.
# A recording at another rate, or the same model at another dt, has other spikes. LIBoxCell, without a synapse, is at 1.0 for all.
# With dt = 10 ms, twice the synapse's time constant, one input to LICell swings between 1 and -1 for ever.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check torch==2.13.0 norse==1.1.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import torch
from norse.torch import LIBoxCell, LICell


def after_50_ms(kind, dt):
    cell, state = kind(dt=dt), None
    for _ in range(round(0.05 / dt)):
        out, state = cell(torch.ones(1), state)
    return float(out)


seen = {}
for dt in (0.005, 0.001, 0.0001):
    seen[dt] = after_50_ms(LICell, dt), after_50_ms(LIBoxCell, dt)
    print(f"dt {1000 * dt:g} ms: LICell {seen[dt][0]:.2f}, LIBoxCell {seen[dt][1]:.2f}")
cell, state, course = LICell(dt=0.01), None, []
for step in range(40):
    out, state = cell(torch.tensor([1.0 if step == 0 else 0.0]), state)
    course.append(round(float(out), 2))
print("one input of 1, dt 10 ms:", course[:6], "...", course[-2:])
right = all(abs(boxed - 1) < 0.02 for _, boxed in seen.values()) and [round(synaptic, 1) for synaptic, _ in seen.values()] == [1.0, 5.0, 49.4]
sys.exit(0 if right and sorted(course[-2:]) == [-1.0, 1.0] else 1)
PY
