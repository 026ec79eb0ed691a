#!/bin/sh
# lame 3.100 (Debian 12): mono of 24 kHz and below comes back late and longer, at up to 32 kbit/s, as is the default.
#
# Guess: lame writes delay and length into a header of the file, so "lame --decode" gives every clip back in place and as long as it was.
# Seen: 24 001 samples of mono come back in place and exact at 32 and 44.1 kHz. At 8, 16, 22.05 and 24 kHz they begin 576 samples late (72 ms at 8 kHz)
# and are 814 longer: a frame of so few bits has no room for the header, so it is left out, without a word. With -b 64 all come back exact.
# Needs lame on PATH.
set -eu
command -v lame >/dev/null || { echo "lame is not here: apt-get install lame"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
cat > see.py <<'PY'
import array
import math
import subprocess
import sys
import wave


def read(name):
    with wave.open(name) as file:
        return array.array("h", file.readframes(file.getnframes()))


right = True
for rate in (8000, 16000, 22050, 24000, 32000, 44100):
    # Silence, then a tone: it begins where the output gets loud.
    sound = [0] * 12000 + [int(9000 * math.sin(index / 4)) for index in range(12001)]
    with wave.open("in.wav", "w") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(array.array("h", sound).tobytes())
    seen = []
    for options in ([], ["-b", "64"]):
        subprocess.run(["lame", "--quiet", *options, "in.wav", "out.mp3"], check=True, stdin=subprocess.DEVNULL)
        subprocess.run(["lame", "--quiet", "--decode", "out.mp3", "out.wav"], check=True, stdin=subprocess.DEVNULL)
        out = read("out.wav")
        seen.append((len(out) - 24001, next(index for index, value in enumerate(out) if abs(value) > 3000) - 12000))
    (more, late), (more_64, late_64) = seen
    print(f"{rate} Hz: {more} samples longer, {late} late; with -b 64 {more_64} longer, {late_64} late")
    lost = rate <= 24000
    right = right and abs(late - (576 if lost else 0)) <= 20 and (more >= 400 if lost else more == 0) and more_64 == 0 and abs(late_64) <= 20
sys.exit(0 if right else 1)
PY
python3 see.py
