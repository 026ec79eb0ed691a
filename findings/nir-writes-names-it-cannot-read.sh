#!/bin/sh
# nir 1.0.8: a node whose name has a slash is written without a word, and the file cannot be read.
#
# Guess: names of nodes are any text, as PyTorch's and Flax's module paths are, or such a name is refused when it is written.
# Seen: nir.write makes groups of the parts of the name, and nir.read ends with KeyError: 'type'.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check nir==1.0.8 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import nir
import numpy as np

seen = {}
for name in ("layer.0", "layer/0"):
    nodes = {
        "in": nir.Input({"input": np.array([2])}),
        name: nir.Linear(weight=np.eye(2)),
        "out": nir.Output({"output": np.array([2])}),
    }
    nir.write("graph.nir", nir.NIRGraph(nodes=nodes, edges=[("in", name), (name, "out")]))
    try:
        seen[name] = sorted(nir.read("graph.nir").nodes)
    except KeyError as error:
        seen[name] = f"KeyError: {error}"
    print(f"{name!r}: written, then read as {seen[name]}")
sys.exit(0 if "layer.0" in seen["layer.0"] and seen["layer/0"] == "KeyError: 'type'" else 1)
PY
