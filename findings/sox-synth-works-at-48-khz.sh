#!/bin/sh
# sox 14.4.2 (Debian 12), synth: "sox -n -r 16000 out.wav synth" makes its sound at 48 000 Hz and converts it.
#
# Guess: -r 16000 is the rate of what is made, so 16000s is one second and white noise has the same level at each rate.
# Seen: 16000s gives 5333 samples, since the rate of -n is 48 000 Hz and samples are counted there; white noise of a second has an RMS of 0.228 instead
# of 0.577, 8 dB less, and 0.161 at 8 kHz, since the conversion takes its upper part away. With -r 16000 in front of -n all is as guessed.
# Test signals made in the usual order are too short and too quiet.
# Needs sox on PATH.
set -eu
command -v sox >/dev/null || { echo "sox is not here: apt-get install sox"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
ok=yes
check() { # what is expected, then the arguments
    samples=$1 level=$2
    shift 2
    sox -R -D "$@" whitenoise 2>/dev/null
    seen=$(soxi -s out.wav)
    rms=$(sox out.wav -n stat 2>&1 | sed -n 's/^RMS *amplitude: *//p')
    echo "sox $* whitenoise: $seen samples, RMS $rms"
    [ "$seen" = "$samples" ] && awk "BEGIN { exit !($rms - $level < 0.01 && $level - $rms < 0.01) }" || ok=no
}
check 5333 0.228 -n -r 16000 out.wav synth 16000s
check 16000 0.577 -r 16000 -n out.wav synth 16000s
check 16000 0.228 -n -r 16000 out.wav synth 1
check 8000 0.161 -n -r 8000 out.wav synth 1
check 8000 0.577 -r 8000 -n out.wav synth 1
[ $ok = yes ]
