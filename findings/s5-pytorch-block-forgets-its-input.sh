#!/bin/sh
# s5-pytorch 0.2.1: S5Block has no path for its input: what is added back is the normalized input.
#
# Guess: a residual block of pre-norm form is input + layers(norm(input)), so a level or an offset of the input is found again in the output.
# Seen: the output for 100 * x and for x + 5 is that for x, to 1e-5. The skip of each half begins behind its LayerNorm, so how loud a
# frame is is lost at the first block, and a stack of blocks does not pass a signal on. Code that puts such weights into the usual pre-
# norm block computes something else.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check torch==2.13.0 s5-pytorch==0.2.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import torch
from s5 import S5Block

torch.manual_seed(0)
torch.set_num_threads(1)
block = S5Block(8, 16, bidir=False).eval()
frames = torch.randn(2, 20, 8)
with torch.no_grad():
    plain = block(frames)
    louder = torch.cat([frames[:, :10], 2 * frames[:, 10:]], 1)
    seen = {"100 * x": block(100 * frames), "x + 5": block(frames + 5), "2 * x, second half only": block(louder)}
apart = {name: float((each - plain).abs().max()) for name, each in seen.items()}
print("standard deviation of the output:", float(plain.std()))
for name, each in apart.items():
    print(f"{name}: apart from the output for x by {each:.2g}")
sys.exit(0 if max(apart.values()) < 1e-3 and float(plain.std()) > 0.5 else 1)
PY
