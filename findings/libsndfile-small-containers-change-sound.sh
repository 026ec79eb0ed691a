#!/bin/sh
# soundfile 0.14.0 (libsndfile 1.2.2): HTK, SVX and MPC2K files come back at another rate, AIFF of 8 bits and PAF of 24 at another length.
#
# Guess: a rate or a length that a format cannot hold is refused, as FLAC refuses 65 537 Hz.
# Seen: HTK holds the period in steps of 100 ns, so 48 000 Hz reads as 48 076 and 44 100 as 44 247 (16 000 and 8000 are exact); SVX and MPC2K
# take the rate modulo 65 536. AIFF in mu-law, A-law or 8 bits with an odd number of samples gets one more, -32124 for mu-law: its length in the
# file is the padded one. PAF in 24 bits has lengths of whole tens: 4801 becomes 4810, and 5 becomes 0.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check soundfile==0.14.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import io
import sys

import numpy as np
import soundfile as sf


def back(length, rate, kind, subtype):
    file = io.BytesIO()
    sf.write(file, np.full(length, 3000, np.int16), rate, format=kind, subtype=subtype)
    file.seek(0)
    samples, rate = sf.read(file, dtype="int16")
    return len(samples), rate, samples[-1:].tolist()


right = True
for kind, rate, other in (("HTK", 16000, 16000), ("HTK", 44100, 44247), ("HTK", 48000, 48076), ("SVX", 96000, 30464), ("MPC2K", 96000, 30464)):
    seen = back(4800, rate, kind, "PCM_16")[1]
    print(f"{kind} written at {rate} Hz reads at {seen} Hz")
    right = right and seen == other
for kind, subtype, length, other, last in (
    ("WAV", "ULAW", 4801, 4801, 3004),
    ("AIFF", "ULAW", 4801, 4802, -32124),
    ("AIFF", "PCM_S8", 4801, 4802, 0),
    ("AIFF", "PCM_S8", 4800, 4800, 2816),
    ("PAF", "PCM_24", 4801, 4810, None),
    ("PAF", "PCM_24", 5, 0, None),
):
    seen = back(length, 8000, kind, subtype)
    print(f"{kind} {subtype} of {length} samples reads as {seen[0]}, the last is {seen[2]}")
    right = right and seen[0] == other and (last is None or seen[2] == [last])
sys.exit(0 if right else 1)
PY
