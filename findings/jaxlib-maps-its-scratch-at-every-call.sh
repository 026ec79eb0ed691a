#!/bin/sh
# jax 0.10.2 and jaxlib 0.10.2 on a CPU with glibc: a compiled function does not keep its scratch memory from one call to the next, and
# glibc can be asked to keep it only before the process has computed anything.
#
# Guess: called again with the same shapes, a compiled function finds its scratch memory where it was; if not, mallopt at any time makes malloc
# keep what is freed.
# Seen: two cumulative sums of 64 MB arrays touch 67 654 pages of 4 kB for the first time at every call. With mallopt (nothing mapped, nothing
# trimmed, one arena) before the first computation: 0. With the same mallopt after one small computation: 67 656, for by then the thread
# that runs the function has an arena of its own, whose heaps end at 64 MB, and larger blocks are mapped all the same. Of a training of
# ours a quarter of the time went there.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
cat >faults.py <<'PY'
import ctypes
import resource
import sys

import jax
import jax.numpy as jnp

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8


def keep_freed_memory():
    mallopt = ctypes.CDLL(None).mallopt
    assert mallopt(M_ARENA_MAX, 1) and mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


when = sys.argv[1]
if when == "first":
    keep_freed_memory()
jax.jit(lambda x: jnp.cumsum(x) @ x)(jnp.ones(100_000)).block_until_ready()
if when == "late":
    keep_freed_memory()
large = jax.jit(lambda x: jnp.sum(jnp.cumsum(x) * jnp.flip(jnp.cumsum(x * x))))
x = jnp.ones(1 << 24)
pages = []
for turn in range(15):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    large(x).block_until_ready()
    pages.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
print(sorted(pages)[7])  # with several threads a block finds a new place at times
PY
never=$("$dir/venv/bin/python" faults.py never)
first=$("$dir/venv/bin/python" faults.py first)
late=$("$dir/venv/bin/python" faults.py late)
echo "pages touched for the first time in a call: $never without mallopt, $first with it first, $late with it late"
[ "$never" -gt 10000 ] && [ "$first" -lt 1000 ] && [ "$late" -gt 10000 ]
