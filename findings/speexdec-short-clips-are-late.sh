#!/bin/sh
# speex 1.2.1 (Debian 12): clips of a second or two come back from speexdec late and longer, longer clips in place and exact.
#
# Guess: speexdec takes the delay of the codec off every clip.
# Seen: 1 s at 16 kHz comes back 80 samples longer, and a tone in it 224 later (14 ms); 2 s come back exact and in place. At 8 kHz 2 s are 80 samples
# late (10 ms) and 40 longer, 3 s exact; at 32 kHz half a second is 510 late. Where the clip fits into one page of Ogg, the delay is left in.
# Needs speexenc and speexdec on PATH.
set -eu
command -v speexdec >/dev/null || { echo "speexdec is not here: apt-get install speex"; exit 3; }
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


def there_and_back(rate, length):
    """By how many samples it comes back longer, and its tone late."""
    sound = [0] * 8000 + [int(9000 * math.sin(index / 3)) for index in range(length - 8000)]
    with wave.open("in.wav", "w") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(array.array("h", sound).tobytes())
    for command in (["speexenc", {8000: "-n", 16000: "-w", 32000: "-u"}[rate], "in.wav", "out.spx"], ["speexdec", "out.spx", "out.wav"]):
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    with wave.open("out.wav") as file:
        out = array.array("h", file.readframes(file.getnframes()))
    return len(out) - length, next(index for index, value in enumerate(out) if abs(value) > 3000) - 8000


right = True
for rate, short, long in ((8000, 16000, 24000), (16000, 16000, 32000), (32000, 16000, 40000)):
    more, late = there_and_back(rate, short)
    more_long, late_long = there_and_back(rate, long)
    print(f"{rate} Hz: {short} samples come back {more} longer and {late} late, {long} samples {more_long} longer and {late_long} late")
    right = right and more >= 40 and late >= 80 and more_long == 0 and late_long < 10
sys.exit(0 if right else 1)
PY
python3 see.py
