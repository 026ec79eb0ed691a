#!/bin/sh
# soxr 1.1.0: below the quality 'VHQ', float64 in and out is computed in float32, the default 'HQ' included.
#
# Guess: a resampler that takes float64 and gives float64 has about the precision of float64 in between.
# Seen: a sine from 48 to 16 kHz. With QQ, LQ, MQ and HQ every float64 that comes back is a float32, and equals the answer
# to the same sine in float32 to the bit. Only VHQ differs from it, by 3e-08.
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

sine = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000)
seen = {}
for quality in ("QQ", "LQ", "MQ", "HQ", "VHQ"):
    double = soxr.resample(sine, 48000, 16000, quality=quality)
    single = soxr.resample(sine.astype(np.float32), 48000, 16000, quality=quality)
    assert double.dtype == np.float64
    is_single = np.array_equal(double, double.astype(np.float32))
    seen[quality] = (is_single, bool(np.array_equal(double, single)))
    print(quality, "every float64 is a float32, and that of float32 input:", seen[quality])
sys.exit(0 if seen == dict.fromkeys(("QQ", "LQ", "MQ", "HQ"), (True, True)) | {"VHQ": (False, False)} else 1)
PY
