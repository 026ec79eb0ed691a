#!/bin/sh
# FFmpeg 5.1 (Debian 12), atempo: at a tempo of 1 the sound comes 32 ms early, and some of it is lost.
#
# Guess: atempo=1 changes nothing, and atempo=2 puts what was at 1 s at 0.5 s, or a few ms beside it.
# Seen: a tone that begins at 1 s of 2 s at 16 kHz begins 512 samples early by atempo=1, and 40 samples are missing at the end; by 0.5 it begins
# 805 samples early (50 ms), by 2 192 early. At 48 kHz atempo=1 is 921 samples early (19 ms) and 157 short. So speech that was made slower or
# faster does not fit its labels, and a clip at tempo 1 in a mixed set of tempos does not fit its original.
# Needs ffmpeg on PATH.
set -eu
command -v ffmpeg >/dev/null || { echo "ffmpeg is not here: apt-get install ffmpeg"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
ok=yes
for rate in 16000 48000; do
    for tempo in 1 0.5 2; do
        ffmpeg -nostdin -v error -y -f lavfi -i "aevalsrc='gte(t,1)*0.25*cos(2*PI*440*(t-1))':s=$rate:d=2" -af "atempo=$tempo" -f f32le out.raw
        set -- $(od -An -v -tf4 -w4 out.raw | awk -v place=$rate -v tempo=$tempo '!begin && ($1 > 0.1 || $1 < -0.1) { begin = NR }
            END { print place / tempo - (begin - 1), NR - 2 * place / tempo }')
        echo "$rate Hz, atempo=$tempo: a tone begins $1 samples early; $2 samples more than expected"
        [ "$1" -gt 100 ] || ok=no
        [ $tempo != 1 ] || [ "$2" -lt -20 ] || ok=no
    done
done
[ $ok = yes ]
