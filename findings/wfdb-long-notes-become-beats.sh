#!/bin/sh
# wfdb 4.3.1: an annotation's note longer than 255 bytes turns into more than a hundred false annotations.
#
# Guess: a note that the format cannot hold is refused or cut when it is written.
# Seen: three beats with a note of 255 letters at the first read back as they were. With 256 letters 131 annotations come back, most of them with the
# symbol '?', and the beats at 200 and 300 lie at 15 560 and 15 660. The length is written modulo 256, and the letters are read as annotations.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check wfdb==4.3.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import numpy as np
import wfdb

seen = {}
for letters in (255, 256, 300):
    wfdb.wrann("record", "atr", np.array([100, 200, 300]), symbol=["N", "V", "N"], aux_note=["x" * letters, "", ""], fs=250)
    back = wfdb.rdann("record", "atr")
    seen[letters] = len(back.sample), back.symbol.count("?"), len(back.aux_note[0])
    print(f"a note of {letters} letters: {len(back.sample)} annotations, at {back.sample[:4].tolist()} ..., symbols {back.symbol[:4]} ..., "
          f"first note of {len(back.aux_note[0])} letters")
sys.exit(0 if seen[255] == (3, 0, 255) and all(seen[n][0] > 100 < seen[n][1] and seen[n][2] == n - 256 for n in (256, 300)) else 1)
PY
