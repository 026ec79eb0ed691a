#!/bin/sh
# JAX 0.10.2: a cache of compiled code that was switched off goes on being written.
#
# Guess: after jax.config.update("jax_compilation_cache_dir", None) nothing is written into the folder any more.
# Seen: JAX keeps the cache that it found at the first compilation. The folder goes on filling, and a program that has removed it
# gets a warning at every compilation, until compilation_cache.reset_cache() is called.
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

import jax

folder = os.path.abspath("cache")
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


def compile_anew(number):
    jax.jit(lambda x: x * number + 1)(1.0)


jax.config.update("jax_compilation_cache_dir", folder)
compile_anew(3)
before = len(os.listdir(folder))
jax.config.update("jax_compilation_cache_dir", None)
compile_anew(5)
print("files while it was set:", before, "and after it was taken back:", len(os.listdir(folder)))
sys.exit(0 if len(os.listdir(folder)) > before > 0 else 1)
PY
