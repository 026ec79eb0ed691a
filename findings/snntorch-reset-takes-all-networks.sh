#!/bin/sh
# snntorch 1.0.0: utils.reset(net) sets the states of all networks of the process to zero, not those of `net`.
#
# Guess: with two networks that keep their states (init_hidden=True), reset(first) leaves the second where it was.
# Seen: the second is at 0, too. It need not have anything in common with the first but a class of neuron. So two streams in one process, or a
# teacher beside its pupil, begin anew whenever one of them does. Also, an input of another batch size sets the state to zero without a word.
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
from snntorch import utils


def network():
    return torch.nn.Sequential(torch.nn.Flatten(), snntorch.Leaky(beta=0.9, init_hidden=True))


first, second = network(), network()
with torch.no_grad():
    for net in (first, second):
        net(torch.full((1, 2), 0.5))
    before = second[1].mem.tolist()
    utils.reset(first)
    after = second[1].mem.tolist()
    print("second network before reset(first):", before, "after:", after)
    for _ in range(2):
        second(torch.full((1, 2), 0.5))
    one = second[1].mem.flatten().tolist()
    second(torch.full((2, 2), 0.0))
    two = second[1].mem.flatten().tolist()
print("state before a batch of two without input:", one, "behind it:", two)
sys.exit(0 if before == [[0.5, 0.5]] and after == [[0.0, 0.0]] and one[0] > 0.9 and two == [0.0] * 4 else 1)
PY
