#!/bin/sh
# webrtc-noise-gain 1.3.0: the level that the automatic gain is given has no effect, and without gain the sound still changes.
#
# Guess: auto_gain_dbfs, 0 to 31, is the level to reach, so 3 and 31 give other levels; 0 and no noise suppression leave the sound as it is.
# Seen: the outputs for 1, 3, 10, 20 and 31 are the same, bit by bit: each sound is 6.5 dB louder, as long as there is room, so a quiet one stays quiet.
# With both arguments 0 sound passes a high-pass filter, which raises the peak of a voice of 300 to 475.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check webrtc-noise-gain==1.3.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
from webrtc_noise_gain import AudioProcessor

seconds = np.arange(5 * 16000) / 16000
phase = np.cumsum(150 + 30 * np.sin(2 * np.pi * 3 * seconds)) / 16000
voice = sum(np.sin(2 * np.pi * k * phase) / k for k in range(1, 15)) * (np.sin(2 * np.pi * 2 * seconds) > 0)
voice /= np.abs(voice).max()
right = True
for peak in (300, 3000):
    sound = (peak * voice).astype(np.int16)
    outs = {}
    for level in (0, 1, 3, 10, 20, 31):
        processor = AudioProcessor(level, 0)
        blocks = [processor.Process10ms(sound[start : start + 160].tobytes()).audio for start in range(0, len(sound), 160)]
        outs[level] = np.frombuffer(b"".join(blocks), np.int16)
    rises = {level: round(float(20 * np.log10(out[32000:].std() / sound[32000:].std())), 1) for level, out in outs.items()}
    same = all(np.array_equal(outs[1], outs[level]) for level in (3, 10, 20, 31))
    print(f"a voice with a peak of {peak}: dB louder by level {rises}; those of 1 to 31 are {'the same' if same else 'different'}; without gain "
          f"the peak is {np.abs(outs[0].astype(int)).max()}")
    right = right and same and 5 < rises[31] < 8 and not np.array_equal(outs[0], sound) and outs[0].max() > 1.3 * peak
sys.exit(0 if right else 1)
PY
