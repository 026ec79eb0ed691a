#!/bin/sh
# sox 14.4.2 (Debian 12), noisered: the output is 1024 samples shorter than the input, and amount 0 removes noise too.
#
# Guess: noise reduction keeps the length, or is late by a window and adds it at the end; an amount of 0 leaves the sound alone.
# Seen: 16 000 samples come back as 14 976, 48 000 as 46 976: the last 1024 (64 ms at 16 kHz) are lost, the rest lies where it was. With an
# amount of 0 white noise still falls by 7 dB. Clean and cleaned files differ in length, so metrics cut them, or refuse.
# Needs sox on PATH.
set -eu
command -v sox >/dev/null || { echo "sox is not here: apt-get install sox"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
rms() { sox "$1" -n stat 2>&1 | sed -n 's/^RMS *amplitude: *//p'; }
for length in 2000 16000 48000; do
    sox -R -r 16000 -n noise.wav synth "$length"s whitenoise vol 0.1
    sox noise.wav -n noiseprof profile
    for amount in 0 0.21; do
        sox -D noise.wav out.wav noisered profile "$amount"
        echo "amount $amount: $(soxi -s noise.wav) samples become $(soxi -s out.wav), RMS $(rms noise.wav) becomes $(rms out.wav)"
        [ "$(soxi -s out.wav)" -eq $((length - 1024)) ] || exit 1
    done
done
sox -D noise.wav out.wav noisered profile 0
awk "BEGIN { exit !($(rms out.wav) < 0.5 * $(rms noise.wav)) }"
