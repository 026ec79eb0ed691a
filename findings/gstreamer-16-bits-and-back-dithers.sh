#!/bin/sh
# GStreamer 1.22.0 (Debian 12), audioconvert: 16-bit sound taken to floats and back has noise, in silence too.
#
# Guess: 16 bits fit into float and 32-bit samples, so a pipeline that does nothing there gives the samples back.
# Seen: a quarter of all samples are off by one, silence becomes -1, 0 and 1: audioconvert dithers by default whatever it takes to 20 bits or
# fewer, from F32LE, S32LE and S24LE alike. With dithering=none nothing changes. A pipeline that skips digital silence never sees any behind it.
# Needs gst-launch-1.0 with its base and good plugins on PATH.
set -eu
command -v gst-launch-1.0 >/dev/null || { echo "gst-launch-1.0 is not here: apt-get install gstreamer1.0-tools gstreamer1.0-plugins-good"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
head -c 160000 /dev/zero > silence
awk 'BEGIN { for (i = 0; i < 80000; i++) printf "%c%c", 65 + i % 50, 1 + i % 7 }' > sound
through() { # the input, the format in the middle, options of the second audioconvert
    gst-launch-1.0 -q filesrc location="$1" ! rawaudioparse format=pcm pcm-format=s16le sample-rate=16000 num-channels=1 ! \
        audioconvert ! audio/x-raw,format="$2" ! audioconvert $3 ! audio/x-raw,format=S16LE ! filesink location=out
    od -An -v -td2 -w2 "$1" > before
    od -An -v -td2 -w2 out > after
    paste before after | awk '{ if ($1 != $2) n++; d = $2 - $1; if (d > 1 || d < -1) far = 1 } END { printf "%.2f%s\n", n / NR, far ? " far" : "" }'
}
for format in F32LE S32LE S24LE; do
    for input in sound silence; do
        dithered=$(through $input $format "")
        plain=$(through $input $format dithering=none)
        echo "$input to $format and back: $dithered of the samples are off by one; with dithering=none $plain"
        [ "$dithered" = 0.25 ] && [ "$plain" = 0.00 ]
    done
done
