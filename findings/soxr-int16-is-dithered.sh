#!/bin/sh
# soxr 1.1.0 (Python): 16-bit input is dithered, even from a rate to the same rate, and even digital silence.
#
# Guess: resampling 16 000 Hz to 16 000 Hz gives the input back, as it does for floats, and zeros stay zeros.
# Seen: a constant 1000 comes back as 999, 1000 and 1001, and silence resampled to 48 000 Hz holds samples of +-1. Fed in pieces of
# 10 ms, int16 gives other samples than in one piece, where float32 gives the same bits. Resample floats, round at the end.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check soxr==1.1.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import soxr


def in_pieces(x, kind):
    stream = soxr.ResampleStream(16000, 48000, 1, dtype=kind)
    return np.concatenate([stream.resample_chunk(x[i : i + 160], last=i + 160 >= len(x)) for i in range(0, len(x), 160)])


constant = np.full(16000, 1000, np.int16)
same_rate = np.unique(soxr.resample(constant, 16000, 16000)).tolist()
silence = np.unique(soxr.resample(np.zeros(16000, np.int16), 16000, 48000)).tolist()
noise = (np.random.default_rng(0).standard_normal(16000) * 3000).astype(np.int16)
agree = {}
for kind in ("int16", "float32"):
    x = noise.astype(kind)
    agree[kind] = np.array_equal(in_pieces(x, kind), soxr.resample(x, 16000, 48000))
print("values of a constant 1000 at the same rate:", same_rate)
print("values of silence:", silence)
print("pieces equal the whole:", agree)
sys.exit(0 if len(same_rate) > 1 and len(silence) > 1 and agree == {"int16": False, "float32": True} else 1)
PY
