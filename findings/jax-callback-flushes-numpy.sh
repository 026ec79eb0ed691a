#!/bin/sh
# JAX 0.10.2 (CPU): NumPy called through jax.pure_callback loses subnormal numbers.
#
# Guess: a callback is ordinary Python, so NumPy gives the bits that it gives outside.
# Seen: 1e-38 * 0.5 in float32 is 5e-39 before and after, and 0 inside the callback, though nothing in it comes from JAX.
# That fits a thread of XLA whose processor is set to flush subnormals to zero.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import os
import sys

os.environ["JAX_PLATFORMS"] = "cpu"
import jax
import numpy as np


def half(_):
    return np.array([1e-38], np.float32) * np.float32(0.5)


before = half(None)[0]
inside = jax.jit(lambda a: jax.pure_callback(half, jax.ShapeDtypeStruct((1,), np.float32), a))(np.ones(1, np.float32))
inside = np.asarray(inside)[0]
after = half(None)[0]
print("before", before, "inside", inside, "after", after)
sys.exit(0 if before > 0 and after > 0 and inside == 0 else 1)
PY
