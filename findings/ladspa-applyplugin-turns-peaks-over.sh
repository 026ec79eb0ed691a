#!/bin/sh
# ladspa-sdk 1.17 (Debian 12), applyplugin: output above full scale becomes the lowest value.
#
# Guess: what a plug-in makes too loud is cut at full scale in the 16-bit file, on both sides.
# Seen: of white noise with a peak of 0.3 that "amp" makes four times louder, each sample of 1 and more is written as -32768, while those below -1
# are cut at -32768 as they should be: clicks of full scale upside down. "Peak output: 1.19995" is printed, no warning. Below 1 all samples are right.
# Needs applyplugin with the plug-in amp (ladspa-sdk) and sox on PATH.
set -eu
for tool in applyplugin sox; do
    command -v "$tool" >/dev/null || { echo "$tool is not here: apt-get install ladspa-sdk sox"; exit 3; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
export LADSPA_PATH=/usr/lib/ladspa
sox -R -D -r 16000 -n -b 16 noise.wav synth 1 whitenoise vol 0.3
od -An -v -td2 -w2 -j44 noise.wav > before
for gain in 2 4; do
    applyplugin noise.wav out.wav amp.so amp_mono $gain
    od -An -v -td2 -w2 -j44 out.wav > after
    seen=$(paste before after | awk -v gain=$gain '{ x = $1 * gain
        if (x > 32767) { high++; if ($2 == -32768) over++ } else if (x < -32768) { low++; if ($2 != -32768) under++ } else if ($2 != x) wrong++ }
        END { print high + 0, over + 0, low + 0, under + 0, wrong + 0 }')
    set -- $seen
    echo "gain $gain: $1 samples above full scale, $2 of them written as -32768; $3 below it, $4 of them not cut; $5 others wrong"
done
[ "$1" -gt 500 ] && [ "$2" = "$1" ] && [ "$3" -gt 500 ] && [ "$4" = 0 ] && [ "$5" = 0 ]
