#!/bin/sh
# JAX 0.10.2: random draws in bfloat16 and float16 are made from uniform numbers of that type, of which there are few.
#
# Guess: jax.random.categorical draws a class of probability 0.001 once in a thousand draws, whatever the type of the logits; normal in
# bfloat16 is normal, rounded to bfloat16.
# Seen: of two million draws 0.0010 in float32, 0.0006 in bfloat16 and in float16, though both types hold these logits to better than
# half a percent. A million normal numbers in bfloat16 have 128 different values, none above 2.52 (float32: 4.80), and
# their mean is -0.011, eleven standard errors from 0. Drawing in float32 and casting the result avoids both.
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
import jax.numpy as jnp
import numpy as np

logits = jnp.log(jnp.array([0.999, 0.001]))
seen = {}
for dtype in (jnp.float32, jnp.bfloat16, jnp.float16):
    held = jax.nn.softmax(logits.astype(dtype).astype(jnp.float32))[1]
    drawn = jax.random.categorical(jax.random.key(0), logits.astype(dtype), shape=(2_000_000,))
    normal = np.asarray(jax.random.normal(jax.random.key(1), (1_000_000,), dtype)).astype(np.float64)
    seen[dtype.__name__] = share, values, top, mean = np.mean(drawn), len(np.unique(normal)), normal.max(), normal.mean()
    print(f"{dtype.__name__}: a class of {held:.6f} drawn {share:.6f}; normal: {values} values, largest {top:.2f}, mean {mean:.4f}")
share, values, top, mean = seen["bfloat16"]
exact, _, highest, centre = seen["float32"]
few = values < 200 and top < 3 < highest and mean < -0.006 and abs(centre) < 0.003
sys.exit(0 if few and share < 0.0008 and seen["float16"][0] < 0.0008 and 0.0009 < exact < 0.0011 else 1)
PY
