#!/bin/sh
# pystoi 0.4.1: the extended STOI moves NumPy's global random state. The plain one does not.
#
# Guess: a metric reads two signals and changes nothing.
# Seen: after stoi(..., extended=True) the next numpy.random draw differs from the one without the call, so logging the metric
# changes an experiment that uses the global generator. It adds noise of the size of EPS before it normalizes.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pystoi==0.4.1 numpy==2.4.6 scipy==1.17.1
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
from pystoi import stoi

rng = np.random.default_rng(0)
clean = rng.standard_normal(20_000)
noisy = clean + rng.standard_normal(20_000)
draws = {}
for name, options in (("no metric", None), ("STOI", False), ("extended STOI", True)):
    np.random.seed(1)
    if options is not None:
        stoi(clean, noisy, 10_000, extended=options)
    draws[name] = np.random.random()
    print(name, "then numpy.random.random():", draws[name])
sys.exit(0 if draws["no metric"] == draws["STOI"] != draws["extended STOI"] else 1)
PY
