#!/bin/sh
# JAX 0.10.2: jnp.sum of int8 widens to int32, jnp.cumsum of int8 stays int8 and wraps.
#
# Guess: the last value of a cumulative sum is the sum. It is in NumPy, which widens both.
# Seen: three times 100 sums to 300, but the cumulative sum ends at 44. So do jnp.prod and jnp.cumprod differ.
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
import jax.numpy as jnp
import numpy as np

x = np.full(3, 100, np.int8)
for library in (np, jnp):
    total, running = library.sum(x), library.cumsum(x)
    print(library.__name__, "sum", total, total.dtype, "cumsum", running.tolist(), running.dtype)
print("jax.numpy prod", jnp.prod(x).dtype, "cumprod", jnp.cumprod(x).dtype)
sys.exit(0 if (int(jnp.sum(x)), int(jnp.cumsum(x)[-1]), int(np.cumsum(x)[-1])) == (300, 44, 300) else 1)
PY
