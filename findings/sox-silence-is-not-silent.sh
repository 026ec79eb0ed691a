#!/bin/sh
# sox 14.4.2 (Debian 12): silence made by "sox -n silence.wav trim 0 1" is not silent, and norm brings it to full scale.
#
# Guess: a second of nothing is 16 000 zeros; norm, pad and vol keep zeros, since there is nothing to make louder.
# Seen: 4000 of the samples are -1 or 1, for sox dithers each 16-bit output that an effect has touched, zeros too. norm then finds a peak of one step and
# makes noise with an RMS of 0.5 of it. Real zeros become -1, 0 and 1 by norm, and so does the padding of a file by pad with vol. With -D all stays 0.
# Needs sox on PATH.
set -eu
command -v sox >/dev/null || { echo "sox is not here: apt-get install sox"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
others() { # how many of the first 8000 samples are not 0
    od -An -v -td2 -w2 -j44 -N16000 "$1" | awk '$1 != 0 { n++ } END { print n + 0 }'
}
sox -r 16000 -n -b 16 silence.wav trim 0 1
sox silence.wav loud.wav norm
sox -D -r 16000 -n -b 16 zeros.wav trim 0 1
sox zeros.wav norm.wav norm
sox -D zeros.wav plain.wav norm
sox -D -r 16000 -n -b 16 tone.wav synth 0.1 sine 1000 vol 0.5
sox tone.wav padded.wav pad 1 0 vol 0.9
level=$(sox loud.wav -n stat 2>&1 | sed -n 's/^RMS *amplitude: *//p')
echo "not 0 of 8000 samples: silence $(others silence.wav), with -D $(others zeros.wav), that by norm $(others norm.wav), by norm with -D $(others plain.wav)"
echo "padding in front of a tone: $(others padded.wav); RMS of silence by norm: $level"
for file in silence norm padded; do
    [ "$(others $file.wav)" -gt 1500 ] && [ "$(others $file.wav)" -lt 2500 ] || exit 1
done
[ "$(others zeros.wav)" = 0 ] && [ "$(others plain.wav)" = 0 ] && awk "BEGIN { exit !($level > 0.4) }"
