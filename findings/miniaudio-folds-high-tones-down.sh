#!/bin/sh
# miniaudio 1.71 (Python): decoding to a lower rate leaves much of what lies above it, folded down, and takes sound below it away.
#
# Guess: a decoder with sample_rate= resamples as other libraries do, with a steep filter: at most 1 dB less at 7 kHz and little left of 9 kHz at 16 kHz.
# Seen: from 48 to 16 kHz a tone of 9 kHz comes back as one of 7 kHz, 6 dB weaker, and one of 11 kHz as one of 5 kHz, 15 dB weaker. The default rate is
# 44 100 Hz whatever the file has, so files of 48 kHz pass through it unasked. A click is one sample late at 16 kHz.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check miniaudio==1.71 soundfile==0.14.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import miniaudio
import numpy as np
import soundfile as sf

seconds = np.arange(48000) / 48000
right = True
for frequency, expected, weaker in ((1000, 1000, 0), (7000, 7000, 1.1), (9000, 7000, 6.3), (11000, 5000, 14.7)):
    tone = 0.5 * np.sin(2 * np.pi * frequency * seconds)
    sf.write("tone.wav", tone, 48000)
    out = np.array(miniaudio.decode_file("tone.wav", nchannels=1, sample_rate=16000).samples) / 32768
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    found, lost = float(np.argmax(spectrum)) * 16000 / len(out), 20 * np.log10(tone.std() / out.std())
    print(f"a tone of {frequency} Hz at 48 kHz is one of {found:.0f} Hz at 16 kHz, {lost:.1f} dB weaker")
    right = right and abs(found - expected) < 2 and abs(lost - weaker) < 0.2
click = np.zeros(48000)
click[24000] = 0.9
sf.write("click.wav", click, 48000)
place = int(np.argmax(np.abs(miniaudio.decode_file("click.wav", nchannels=1, sample_rate=16000).samples)))
default = miniaudio.decode_file("click.wav").sample_rate
print(f"a click at sample 8000 of 16 kHz comes at {place}; without arguments the rate is {default}")
sys.exit(0 if right and place == 8001 and default == 44100 else 1)
PY
