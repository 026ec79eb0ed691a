#!/bin/sh
# soundfile 0.14.0 (libsndfile 1.2.2, libvorbis) writes Ogg Vorbis, av 18.1.0 (FFmpeg) reads it.
#
# Guess: the last page of an Ogg file tells where the sound ends, to the sample, so both read as many samples as were written.
# Seen: soundfile does. FFmpeg reads 256 samples for 100 at 16 kHz, 1024 for 1000, and at 48 kHz 15 872 for 16 000 and 20 096 for 20 000;
# other lengths are right. What both read is aligned and the same to 1e-6, so only the end is cut or has sound behind it.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check av==18.1.0 soundfile==0.14.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import io
import sys

import av
import numpy as np
import soundfile

random = np.random.default_rng(0)
expected = {
    (16000, 100): 256, (16000, 500): 512, (16000, 1000): 1024, (16000, 16000): 16000, (16000, 20000): 20000,
    (48000, 100): 128, (48000, 500): 512, (48000, 1000): 1024, (48000, 16000): 15872, (48000, 20000): 20096, (48000, 50000): 50000,
}
right = True
for (rate, length), theirs in expected.items():
    file = io.BytesIO()
    soundfile.write(file, 0.1 * random.normal(size=length), rate, format="OGG", subtype="VORBIS")
    file.seek(0)
    whole = soundfile.read(file)[0]
    file.seek(0)
    with av.open(file) as container:
        other = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    both = min(len(whole), len(other))
    apart = np.abs(whole[:both] - other[:both]).max()
    print(f"{length} samples at {rate} Hz: soundfile {len(whole)}, FFmpeg {len(other)}; the first {both} differ by {apart:.0e}")
    right = right and (len(whole), len(other)) == (length, theirs) and apart < 1e-5
sys.exit(0 if right else 1)
PY
