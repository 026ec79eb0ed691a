#!/bin/sh
# JAX 0.10.2 (CPU): reshaping a result makes the computation before it hundreds of times slower.
#
# Guess: reshape costs nothing, or one copy.
# Seen: rows less their mean, where the mean is a chain of 255 additions of columns, take 0.6 ms for 2000 rows of 256 values. With
# .reshape(-1) behind it, or .T, 420 ms: all becomes one fusion, in which the whole sum is computed anew for each value of
# its row. jax.lax.optimization_barrier around the mean or before the reshape changes nothing. jnp.mean takes 0.1 ms
# with the reshape as without it, but the order of its additions is XLA's.
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
import time

os.environ["JAX_PLATFORMS"] = "cpu"
import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import optimization_barrier as barrier

x = jnp.asarray(np.random.default_rng(0).normal(size=(2000, 256)).astype(np.float32))


def mean(rows):
    total = rows[:, 0]
    for column in range(1, 256):
        total = total + rows[:, column]
    return total / 256


def milliseconds(function):
    compiled = jax.jit(function)
    compiled(x).block_until_ready()
    times = []
    for _ in range(7):
        start = time.perf_counter()
        compiled(x).block_until_ready()
        times.append(time.perf_counter() - start)
    return 1000 * sorted(times)[3]


seen = {
    "rows less their mean": lambda rows: rows - mean(rows)[:, None],
    "the same, split": lambda rows: (rows - mean(rows)[:, None]).reshape(20, 100, 256),
    "the same, flat": lambda rows: (rows - mean(rows)[:, None]).reshape(-1),
    "flat, barrier around the mean": lambda rows: (rows - barrier(mean(rows))[:, None]).reshape(-1),
    "flat, barrier before the reshape": lambda rows: barrier(rows - mean(rows)[:, None]).reshape(-1),
    "flat, jnp.mean": lambda rows: (rows - jnp.mean(rows, axis=1)[:, None]).reshape(-1),
}
times = {name: milliseconds(function) for name, function in seen.items()}
for name, took in times.items():
    print(f"{name}: {took:.2f} ms")
fast, split, *flat, by_jax = times.values()
sys.exit(0 if min(flat) > 30 * max(fast, split, by_jax) else 1)
PY
