#!/bin/sh
# JAX 0.10.2 (CPU): whether a float saturates or wraps on its way to int8 depends on who holds it.
#
# Guess: jnp.asarray(x, dtype=int8) and x.astype(int8) are one conversion.
# Seen: 300 and -200 become 127 and -128 where the values lie in a JAX array (astype, asarray), and
# 44 and 56 where they come from NumPy (jnp.asarray, jnp.array). Code that quantizes gives other integers once its input
# is a NumPy array. Clip before the cast.
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

x = np.array([300.0, -200.0], np.float32)
with np.errstate(all="ignore"):
    seen = {
        "jnp.asarray(numpy array, int8)": jnp.asarray(x, dtype=jnp.int8),
        "jnp.array(numpy array, int8)": jnp.array(x, dtype=jnp.int8),
        "jnp.asarray(jax array, int8)": jnp.asarray(jnp.asarray(x), dtype=jnp.int8),
        "jax array.astype(int8)": jnp.asarray(x).astype(jnp.int8),
    }
for how, value in seen.items():
    print(f"{how}: {value.tolist()}")
values = [value.tolist() for value in seen.values()]
sys.exit(0 if values == [[44, 56]] * 2 + [[127, -128]] * 2 else 1)
PY
