#!/bin/sh
# fxpmath 0.4.10: copy() gives a second name for the same values.
#
# Guess: x.copy() is independent of x, as an array's copy() in NumPy is.
# Seen: writing to an element of the copy changes x. The format and the flags are copied, the values are not. A state that is kept with
# copy() before a step, to come back to it, is the stepped one. x.deepcopy() copies the values, as does Fxp(x).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check fxpmath==0.4.10 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

from fxpmath import Fxp

state = Fxp([1.0, 2.0], signed=True, n_word=8, n_frac=4)
kept, deep, new = state.copy(), state.deepcopy(), Fxp(state, signed=True, n_word=8, n_frac=4)
state[0] = 5.0
seen = [each.get_val().tolist() for each in (kept, deep, new)]
print("after state[0] = 5.0: copy()", seen[0], "deepcopy()", seen[1], "Fxp(state)", seen[2])
whole = state.copy()
state.set_val([3.0, 3.0])
print("after state.set_val([3, 3]): copy()", whole.get_val().tolist())
sys.exit(0 if seen == [[5.0, 2.0], [1.0, 2.0], [1.0, 2.0]] and whole.get_val().tolist() == [5.0, 2.0] else 1)
PY
