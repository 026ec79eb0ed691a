#!/bin/sh
# scipy 1.17.1, scipy.signal.lfilter and sosfilt in a stream: a block without samples destroys the state, or is an error.
#
# Guess: nothing to filter gives nothing, and the state that went in as zi comes out as zf.
# Seen: lfilter returns a zf that is not zi but whatever lay in that memory, often that of an earlier call, so the next block starts with a jump.
# With a = [1] it raises "v cannot be empty", sosfilt "cannot reshape array of size 0". A live loop must not filter blocks of length 0.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
from scipy import signal

b, a = signal.butter(4, 0.2)
sos = signal.butter(4, 0.2, output="sos")
nothing = np.zeros(0)
lost = 0
for step in range(100):
    state = signal.lfilter_zi(b, a) * (step + 1)
    out, after = signal.lfilter(b, a, nothing, zi=state)
    if step < 3:
        print("zi", state.round(4), "zf", after.round(4), "samples", len(out))
    lost += not np.array_equal(state, after)
print(f"lfilter lost the state of {lost} of 100 empty blocks")


def error(call):
    try:
        call()
    except ValueError as error:
        return str(error)


fir = error(lambda: signal.lfilter(b, [1.0], nothing, zi=np.ones(4)))
second = error(lambda: signal.sosfilt(sos, nothing, zi=signal.sosfilt_zi(sos)))
print("lfilter, a = [1]:", fir)
print("sosfilt:", second)
sys.exit(0 if lost > 90 and fir and second else 1)
PY
