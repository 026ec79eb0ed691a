#!/bin/sh
# sparse 0.19.3 (PyData) with NumPy 2.4.6: weights pruned by a mask stay stored, half of them.
#
# Guess: COO stores what is not equal to zero, as scipy.sparse does, so weights * mask with 10 % of ones has a density of 10 %.
# Seen: 55 %. A negative weight times 0 is -0.0, and that is told from the fill value 0.0 by its bits. The same holds for GCXS, for weights
# rounded to steps (all in (-0.5, 0) become -0.0), and for COO(weights) * mask. DOK and scipy's csr_array store 10 %. Adding 0.0 before
# COO is called makes all zeros positive. Sizes and counts of operations that are read off nnz are wrong by a factor of 5.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check sparse==0.19.3 scipy==1.17.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import numpy as np
import scipy.sparse
import sparse

random = np.random.default_rng(0)
weights = random.normal(size=(100, 100)).astype(np.float32)
mask = random.random((100, 100)) < 0.1
pruned = weights * mask
seen = {
    "not zero": np.count_nonzero(pruned),
    "COO": sparse.COO(pruned).nnz,
    "GCXS": sparse.GCXS(pruned).nnz,
    "COO(weights) * mask": (sparse.COO(weights) * mask).nnz,
    "DOK": sparse.DOK.from_numpy(pruned).nnz,
    "scipy's csr_array": scipy.sparse.csr_array(pruned).nnz,
    "COO of pruned + 0.0": sparse.COO(pruned + 0.0).nnz,
}
for name, count in seen.items():
    print(f"{name}: {count} of {weights.size}")
rounded = np.round(pruned)
print("rounded: not zero", np.count_nonzero(rounded), "COO", sparse.COO(rounded).nnz)
sys.exit(0 if list(seen.values()) == [1000, 5505, 5505, 5505, 1000, 1000, 1000] else 1)
PY
