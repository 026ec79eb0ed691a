#!/bin/sh
# optax 0.2.8 with JAX 0.10.2: clip_by_global_norm makes gradients above 1.8e19 zero instead of clipping them.
#
# Guess: clipping to a norm of 1 gives an update of norm 1, in the same direction, for any finite gradient; that is what it is for.
# Seen: for (1e19, 0) the update is (1, 0), for (1e20, 0) it is (0, 0): the square is infinite, and the rest is divided by it.
# adaptive_grad_clip does the same. An explosion looks like a step without effect, and the norm that one would print is infinite though no
# gradient is. clip cuts each number, and works.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import jax.numpy as jnp
import optax

rules = {"clip_by_global_norm": optax.clip_by_global_norm(1.0), "adaptive_grad_clip": optax.adaptive_grad_clip(1.0), "clip": optax.clip(1.0)}
weights, seen = jnp.ones(2), {}
for name, rule in rules.items():
    for size in (1e18, 1e19, 1e20):
        update, _ = rule.update(jnp.array([size, 0.0]), rule.init(weights), weights)
        seen[name, size] = [round(value, 4) for value in update.tolist()]
        print(f"{name} of ({size:g}, 0): {seen[name, size]}")
print("global norm of (1e20, 0):", float(optax.global_norm(jnp.array([1e20, 0.0]))))
zero = [seen[name, 1e20] for name in ("clip_by_global_norm", "adaptive_grad_clip")]
sys.exit(0 if zero == [[0, 0]] * 2 and seen["clip_by_global_norm", 1e19] == [1, 0] and seen["clip", 1e20] == [1, 0] else 1)
PY
