#!/bin/sh
# FFmpeg 5.1 (Debian 12): 24 and 32-bit sound is rounded down to 16 bits, floats to the nearest step.
#
# Guess: all conversions to 16 bits round to the nearest, so a recording of 24 bits gives the same 16 bits as its copy in floats.
# Seen: 0.7 of a step becomes 1 from floats and 0 from 24 or 32 bits, -0.3 becomes 0 and -1. So sound converted from 24 bits is half a step low
# everywhere, and half of its samples differ from those that came by way of floats. Infinity in floats becomes -32768.
# Needs ffmpeg on PATH.
set -eu
command -v ffmpeg >/dev/null || { echo "ffmpeg is not here: apt-get install ffmpeg"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
converted() { # an expression, and the encoding on the way
    ffmpeg -v error -y -f lavfi -i "aevalsrc=$1:d=0.01:s=16000" -c:a "$2" way.wav
    ffmpeg -v error -y -i way.wav -f s16le -c:a pcm_s16le out.raw
    od -An -v -td2 -w2 out.raw | sort -n | uniq | tr -d ' ' | tr '\n' ' '
}
ok=yes
for case in "pcm_f32le 1 0" "pcm_s24le 0 -1" "pcm_s32le 0 -1"; do
    set -- $case
    up=$(converted 0.7/32768 "$1")
    down=$(converted -0.3/32768 "$1")
    echo "$1: 0.7 of a step becomes $up, -0.3 becomes $down"
    [ "$up" = "$2 " ] && [ "$down" = "$3 " ] || ok=no
done
endless=$(converted 1/0 pcm_f32le)
echo "infinity in floats becomes $endless"
[ "$endless" = "-32768 " ] && [ $ok = yes ]
