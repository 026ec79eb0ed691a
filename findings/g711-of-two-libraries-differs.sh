#!/bin/sh
# soundfile 0.14.0 (libsndfile 1.2.2) and av 18.1.0 (FFmpeg) write mu-law and A-law.
#
# Guess: G.711 is a table, so both make the same byte of each 16-bit sample, and soundfile the same of an int16 and of that as float.
# Seen: of all 65 536 samples 851 get another mu-law byte and 849 another A-law byte. soundfile takes another byte for 254 (mu-law)
# and 1778 (A-law) of them when they come as floats. None is wrong by more than a step, but files that should be equal are not.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check soundfile==0.14.0 av==18.1.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import io
import sys

import av
import numpy as np
import soundfile as sf

samples = np.arange(-32768, 32768, dtype=np.int16)


def by_soundfile(values, law):
    file = io.BytesIO()
    sf.write(file, values, 8000, format="RAW", subtype=law)
    return np.frombuffer(file.getvalue(), np.uint8)


def by_ffmpeg(codec):
    encoder = av.CodecContext.create(codec, "w")
    encoder.sample_rate, encoder.layout, encoder.format = 8000, "mono", "s16"
    frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts = 8000, 0
    return np.frombuffer(b"".join(bytes(packet) for packet in encoder.encode(frame) + encoder.encode(None)), np.uint8)


def value(codes, law):
    return sf.read(io.BytesIO(codes.tobytes()), dtype="int16", format="RAW", subtype=law, samplerate=8000, channels=1)[0].astype(int)


seen = []
for law, codec in (("ULAW", "pcm_mulaw"), ("ALAW", "pcm_alaw")):
    ours, theirs, floats = by_soundfile(samples, law), by_ffmpeg(codec), by_soundfile(samples / 32768, law)
    seen += [int(np.sum(ours != theirs)), int(np.sum(ours != floats))]
    first = np.flatnonzero(ours != theirs)[0]
    far = np.abs(value(ours, law) - value(theirs, law)).max()
    print(f"{law}: {seen[-2]} of {len(theirs)} differ from FFmpeg, the first at {samples[first]} ({value(ours, law)[first]} and "
          f"{value(theirs, law)[first]}), by {far} at most; {seen[-1]} differ between int16 and float")
sys.exit(0 if seen == [851, 254, 849, 1778] else 1)
PY
