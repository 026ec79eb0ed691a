#!/bin/sh
# soundfile 0.14.0 (libsndfile 1.2.2): loud Vorbis and Opus, read as int16 or int32, turn over to the other sign.
#
# Guess: where a decoder overshoots full scale, integers are clipped, as those read from MP3 are.
# Seen: of a sine that was clipped at full scale before it was encoded, half of all samples decode to +-1 or more. Read as int16
# nearly all of these have the wrong sign: 1.07 becomes -30557. As int32 it is the positive ones, which become the lowest integer. MP3 is
# clipped. Reading float32 and clipping oneself avoids it.
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

print("libsndfile", sf.__libsndfile_version__)
sine = np.clip(1.5 * np.sin(2 * np.pi * 440 * np.arange(48000) / 48000), -1, 1).astype(np.float32)
wrong = {}
for container, codec in (("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")):
    read = {}
    for dtype in ("float32", "int16", "int32"):
        file = io.BytesIO()
        sf.write(file, sine, 48000, format=container, subtype=codec)
        file.seek(0)
        read[dtype], _ = sf.read(file, dtype=dtype)
    decoded, peak = read["float32"], int(np.argmax(read["float32"]))
    loud = np.abs(decoded) > 0.5
    wrong[codec] = [int(np.sum(loud & (np.sign(decoded) != np.sign(read[dtype])))) for dtype in ("int16", "int32")]
    print(f"{codec}: {np.sum(np.abs(decoded) >= 1)} samples of +-1 or more; {decoded[peak]:.4f} is read as {read['int16'][peak]} and "
          f"{read['int32'][peak]}; wrong sign: {wrong[codec][0]} in int16, {wrong[codec][1]} in int32")
sys.exit(0 if min(wrong["VORBIS"] + wrong["OPUS"]) > 1000 and wrong["MPEG_LAYER_III"] == [0, 0] else 1)
PY
