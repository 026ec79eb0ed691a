#!/bin/sh
# ncps 1.0.1, CfC and LTC (closed-form and liquid networks) in PyTorch: the time steps of a batch are given to the units.
#
# Guess: timespans of shape (batch, time), or (batch, time, 1), tell for each sequence how long its steps are.
# Seen: eight sequences in a layer of eight units differ from the same sequences one by one by 0.1 and more, without a word: the steps of sequence i
# go to unit i of all sequences. With another number of sequences it ends with an error about sizes; with one sequence it is right. Spread over the
# units, as (batch, time, units), they are right for each batch.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check torch==2.13.0 ncps==1.0.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch
from ncps.torch import LTC, CfC

torch.manual_seed(0)
units, right = 8, True


def compare(layer, x, spans):
    """How far a batch is from its sequences one by one, or the error."""
    alone = torch.cat([layer(x[i : i + 1], timespans=spans[i : i + 1])[0] for i in range(len(x))])
    try:
        return float((layer(x, timespans=spans)[0] - alone).abs().max())
    except RuntimeError as error:
        return str(error)


with torch.no_grad():
    for kind in (CfC, LTC):
        layer = kind(4, units)
        for batch in (1, 2, units):
            x, spans = torch.randn(batch, 12, 4), 3 * torch.rand(batch, 12)
            seen = compare(layer, x, spans), compare(layer, x, spans[..., None]), compare(layer, x, spans[..., None].repeat(1, 1, units))
            for shape, each in zip(("time", "time, 1", f"time, {units}"), seen):
                print(f"{kind.__name__}({units}), timespans of ({batch}, {shape}): {each}")
            if batch == 2:
                right = right and isinstance(seen[0], str) and isinstance(seen[1], str) and seen[2] < 1e-4
            else:
                right = right and all((each > 0.1) == (batch == units) for each in seen[:2]) and seen[2] < 1e-4
sys.exit(0 if right else 1)
PY
