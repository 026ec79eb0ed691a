#!/bin/sh
# cmsisdsp 1.10.3 (CMSIS-DSP for Python): the RMS of a quiet signal in fixed point is 0.
#
# Guess: arm_rms_q15 adds up squares in 64 bits, so its result is right to a step or two; arm_rms_q31 measures far below that.
# Seen: a square wave of 150 steps has an RMS of 0, as has all below 182 steps (-45 dBFS); one of 255 steps has 181. The mean square is cut to
# 15 bits before the root is taken. So arm_rms_q31 gives 0 below about -93 dBFS. arm_std_q15 is 0 for 150, too, but 256 for 255.
# A gate or a meter on it takes quiet speech for silence; arm_power_q15 keeps all bits.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check cmsisdsp==1.10.3 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import cmsisdsp
import numpy as np

expected = {150: (0, 0), 181: (0, 181), 182: (181, 181), 255: (181, 256), 256: (256, 256), 1000: (991, 1007), 10000: (9999, 10078)}
right = True
for steps, both in expected.items():
    wave = np.array([steps, -steps] * 32, np.int16)
    seen = int(cmsisdsp.arm_rms_q15(wave)), int(cmsisdsp.arm_std_q15(wave))
    power = (int(cmsisdsp.arm_power_q15(wave)) / len(wave)) ** 0.5
    print(f"+-{steps}: rms_q15 {seen[0]}, std_q15 {seen[1]}, the root of the mean of power_q15 {power:.1f}")
    right = right and seen == both and abs(power - steps) < 0.1
for steps in (60000, 40000):
    seen = int(cmsisdsp.arm_rms_q31(np.array([steps, -steps] * 32, np.int32)))
    print(f"+-{steps} of 2**31: rms_q31 {seen}")
    right = right and (seen == 0) == (steps == 40000)
sys.exit(0 if right else 1)
PY
