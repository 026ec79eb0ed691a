#!/bin/sh
# jax 0.10.2, jax.scipy.signal.welch and csd (scipy 1.17.1 beside them).
#
# Guess: without nperseg the segments are 256 long, as the documentation says and scipy.signal has it, so the spectrum is averaged.
# Seen: the whole signal is one segment. One second of white noise at 16 kHz gives 8001 values (SciPy: 129) whose spread is as large as
# their mean (SciPy: 0.12 of it), however long the signal is. With nperseg=256 both agree to 1e-6, and stft's default is 256.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 scipy==1.17.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import jax.scipy.signal
import numpy as np
import scipy.signal

noise = np.random.default_rng(0).normal(size=16000).astype(np.float32)
print("documentation:", next(line.strip() for line in jax.scipy.signal.welch.__doc__.splitlines() if "nperseg:" in line))
right = "default: 256" in jax.scipy.signal.welch.__doc__
for name, signals in (("welch", (noise,)), ("csd", (noise, noise))):
    seen = []
    for module in (jax.scipy.signal, scipy.signal):
        power = np.abs(getattr(module, name)(*signals)[1])
        seen.append((len(power), round(float(power.std() / power.mean()), 1)))
        print(f"{module.__name__}.{name}: {len(power)} values, their spread is {power.std() / power.mean():.2f} of their mean")
    apart = [np.asarray(getattr(module, name)(*signals, nperseg=256)[1]) for module in (jax.scipy.signal, scipy.signal)]
    print(f"{name} with nperseg=256: {np.abs(apart[0] - apart[1]).max():.0e} apart")
    right = right and seen == [(8001, 1.0), (129, 0.1)] and np.abs(apart[0] - apart[1]).max() < 1e-5
print("stft:", jax.scipy.signal.stft(noise)[2].shape[0], "values")
sys.exit(0 if right and jax.scipy.signal.stft(noise)[2].shape[0] == 129 else 1)
PY
