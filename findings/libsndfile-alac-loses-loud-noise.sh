#!/bin/sh
# soundfile 0.14.0 (libsndfile 1.2.2), ALAC in CAF: loud noise comes back as other samples.
#
# Guess: ALAC is lossless, so a file of ALAC_24 or ALAC_32 holds what was written, as one of ALAC_16 does.
# Seen: of white noise of half the full scale, all samples of ALAC_32 in mono are wrong, by up to 1.5 of full scale, and in stereo whole packets
# of ALAC_24 and ALAC_32 (4 and 8 samples of 10 in this noise). Nothing is reported. At a tenth of full scale all are right.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check soundfile==0.14.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import soundfile as sf

seen = {}
for peak in (0.5, 0.1):
    for channels in (1, 2):
        noise = np.random.default_rng(0).uniform(-peak, peak, (20000, channels))
        for bits in (16, 24, 32):
            sound = np.round(noise * 2 ** (bits - 1)).astype(np.int32) << (32 - bits)
            sf.write("sound.caf", sound, 16000, subtype=f"ALAC_{bits}")
            back, _ = sf.read("sound.caf", dtype="int32", always_2d=True)
            wrong = np.mean(back != sound)
            far = np.abs(back.astype(float) - sound).max() / 2**31
            print(f"noise of {peak}, {channels} channels, ALAC_{bits}: {100 * wrong:.0f} % of the samples wrong, by {far:.2f} at most")
            seen[peak, channels, bits] = wrong > 0.05
expected = {key: key in {(0.5, 1, 32), (0.5, 2, 24), (0.5, 2, 32)} for key in seen}
sys.exit(0 if seen == expected else 1)
PY
