#!/bin/sh
# FFmpeg 5.1 (Debian 12), alimiter and asoftclip: sound far below the limit becomes louder, or quieter.
#
# Guess: what lies below the limit passes as it is; a soft clipper leaves quiet sound alone.
# Seen: a tone of 0.01 becomes one of 0.02 by alimiter=limit=0.5 and of 0.1 by limit=0.1: "level", on by default, divides by the limit, however
# quiet the sound is. With level=0 it stays 0.01. It begins 79 samples late at 16 kHz (5 ms) in as many samples, so the end is cut off.
# asoftclip=type=atan makes it 0.0064, type=erf 0.0113, without a setting; "tanh" (the default) and the six other types leave it.
# Needs ffmpeg on PATH.
set -eu
command -v ffmpeg >/dev/null || { echo "ffmpeg is not here: apt-get install ffmpeg"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
seen() { # a filter: the peak of what it makes of a tone of 0.01, and the first sample that is not zero
    ffmpeg -nostdin -v error -f lavfi -i 'aevalsrc=0.01*cos(2*PI*440*t):s=16000:d=0.5' -af "$1" -f f32le out.raw -y
    od -An -v -tf4 -w4 out.raw | awk '{ if ($1 > peak) peak = $1; if (!begin && ($1 > 0.001 || $1 < -0.001)) begin = NR }
        END { printf "%.4f %d %d", peak, begin - 1, NR }'
}
ok=yes
try() { # a filter, the peak and the first sample that are expected
    filter=$1 peak=$2 begin=$3
    set -- $(seen "$filter")
    echo "$filter: a tone of 0.01 has a peak of $1 and begins at sample $2 of $3"
    [ "$1" = "$peak" ] && [ "$2" = "$begin" ] && [ "$3" = 8000 ] || ok=no
}
try alimiter=limit=0.5 0.0200 79
try alimiter=limit=0.1 0.1000 79
try alimiter=limit=0.5:level=0 0.0100 79
try asoftclip=type=atan 0.0064 0
try asoftclip=type=erf 0.0113 0
for type in hard tanh cubic exp alg quintic sin; do
    try asoftclip=type=$type 0.0100 0
done
[ $ok = yes ]
