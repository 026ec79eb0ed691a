#!/bin/sh
# soundfile 0.14.0 (libsndfile 1.2.2): an MP3 of variable bit rate whose first frame is gone is read up to a guess of its length.
#
# Guess: the length of such a file (a stream recorded from its middle, a file that was cut) is a guess until it is read, and reading
# goes on to the end, as it does where the same bytes come through a pipe.
# Seen: 6 seconds of sound, of which the first two are loud. By name the file "has" 1.35 seconds, and nothing comes after them.
# Through a pipe all of it comes. With its first frame, which tells the length, all of it comes either way.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check soundfile==0.14.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import os
import sys
import threading

import numpy as np
import soundfile

RATE = 44100
loud = np.arange(6 * RATE) < 2 * RATE
sound = np.random.default_rng(0).uniform(-0.5, 0.5, 6 * RATE) * loud
soundfile.write("whole.mp3", sound, RATE, bitrate_mode="VARIABLE", compression_level=0.1)
whole = open("whole.mp3", "rb").read()
second = next(at for at in range(100, len(whole)) if whole[at] == 0xFF and whole[at + 1] == 0xFB)
with open("cut.mp3", "wb") as file:
    file.write(whole[second:])


def seconds(file):
    total = 0
    while len(heard := file.read(4096)):
        total += len(heard)
    return round(total / RATE, 2)


def piped(name):
    out, into = os.pipe()

    def feed():
        with os.fdopen(into, "wb") as pipe:
            pipe.write(open(name, "rb").read())

    threading.Thread(target=feed).start()
    return soundfile.SoundFile(out)


seen = {"whole, by name": seconds(soundfile.SoundFile("whole.mp3"))}
seen["cut, by name"] = seconds(soundfile.SoundFile("cut.mp3"))
seen["cut, through a pipe"] = seconds(piped("cut.mp3"))
print(seen)
expected = {"whole, by name": 6.0, "cut, by name": 1.35, "cut, through a pipe": 6.03}
sys.exit(0 if seen == expected else 1)
PY
