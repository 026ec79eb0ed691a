#!/bin/sh
# soundfile 0.14.0 (libsndfile 1.2.2): a WAV in ADPCM comes back longer than it was written.
#
# Guess: a WAV of a compressed kind holds its length in a chunk of its own ("fact"), so 16 000 samples come back as 16 000, as they
# do from MP3, Opus, Vorbis and GSM.
# Seen: 16 272 samples of IMA ADPCM, 16 192 of Microsoft's, 16 080 of G.721: whole blocks. What is compared sample by sample
# with the original has to be cut.
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
import soundfile

tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
expected = {
    ("WAV", "IMA_ADPCM"): 16272,
    ("WAV", "MS_ADPCM"): 16192,
    ("WAV", "G721_32"): 16080,
    ("WAV", "GSM610"): 16000,
    ("OGG", "OPUS"): 16000,
    ("MP3", "MPEG_LAYER_III"): 16000,
}
seen = {}
for container, subtype in expected:
    path = f"{subtype}.{container.lower()}"
    soundfile.write(path, tone, 16000, format=container, subtype=subtype)
    seen[container, subtype] = len(soundfile.read(path)[0])
    print(container, subtype, seen[container, subtype])
sys.exit(0 if seen == expected else 1)
PY
