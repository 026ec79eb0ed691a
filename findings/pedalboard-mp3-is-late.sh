#!/bin/sh
# pedalboard 0.9.26, AudioFile: MP3 comes with the encoder's padding, other formats do not.
#
# Guess: an MP3 whose first frame tells delay and padding (as LAME's does) comes back aligned and as long as it was, as from soundfile,
# FFmpeg and miniaudio.
# Seen: of two seconds at 44.1 kHz pedalboard reads 1656 samples more, and an impulse in them lies 1105 samples (25 ms) late. FLAC and
# Vorbis are as they were written. Pairs of clean MP3 and noisy WAV, or labels in time, are off by it.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pedalboard==0.9.26 av==18.1.0 miniaudio==1.71 soundfile==0.14.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import av
import miniaudio
import numpy as np
import soundfile
from pedalboard.io import AudioFile

rate = 44100
sound = np.zeros(2 * rate)
click = 0.3 * np.random.default_rng(0).normal(size=200)
sound[30000:30200] = click


def by_pedalboard(path):
    with AudioFile(path) as file:
        return file.read(file.frames)[0]


def by_soundfile(path):
    return soundfile.read(path)[0]


def by_ffmpeg(path):
    with av.open(path) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def by_miniaudio(path):
    return np.array(miniaudio.decode_file(path, miniaudio.SampleFormat.FLOAT32, 1, rate).samples)


def late(out):
    return int(np.argmax(np.correlate(out[28000:34000], click, "valid"))) - 2000


soundfile.write("sound.flac", sound, rate)
soundfile.write("sound.mp3", sound, rate, format="MP3")
soundfile.write("sound.ogg", sound, rate, format="OGG", subtype="VORBIS")
right = True
for reader, path, expected in (
    (by_pedalboard, "sound.mp3", (1656, 1105)),
    (by_pedalboard, "sound.flac", (0, 0)),
    (by_pedalboard, "sound.ogg", (0, 0)),
    (by_soundfile, "sound.mp3", (0, 0)),
    (by_ffmpeg, "sound.mp3", (0, 0)),
    (by_miniaudio, "sound.mp3", (0, 0)),
):
    out = reader(path)
    seen = (len(out) - len(sound), late(out))
    print(f"{path} {reader.__name__}: {seen[0]} samples too long, {seen[1]} samples late")
    right = right and seen == expected
sys.exit(0 if right else 1)
PY
