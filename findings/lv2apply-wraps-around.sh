#!/bin/sh
# lv2apply of lilv 0.24.14 (Debian 12): output above full scale wraps around in a 16-bit file, on both sides.
#
# Guess: what a plug-in makes too loud is cut at full scale when the file is written.
# Seen: of white noise with a peak of 0.3 that eg-amp raises by 12 dB, all 1290 samples above full scale are negative in the output, and all below it
# positive; nothing is said. A float file in gives a float file out, which holds all of it.
# Needs lv2apply (lilv-utils), the plug-in eg-amp (lv2-examples) and sox on PATH.
set -eu
for tool in lv2apply sox; do
    command -v "$tool" >/dev/null || { echo "$tool is not here: apt-get install lilv-utils lv2-examples sox"; exit 3; }
done
[ -d /usr/lib/lv2/eg-amp.lv2 ] || { echo "eg-amp is not here: apt-get install lv2-examples"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
sox -R -D -r 16000 -n -b 16 noise.wav synth 1 whitenoise vol 0.3
lv2apply -i noise.wav -o out.wav -c gain 12 http://lv2plug.in/plugins/eg-amp
od -An -v -td2 -w2 -j44 noise.wav > before
od -An -v -td2 -w2 -j44 out.wav > after
seen=$(paste before after | awk '{ x = $1 * 10 ^ (12 / 20)
    if (x > 32770) { high++; if ($2 < 0) turned++ } else if (x < -32770) { low++; if ($2 > 0) back++ } else if ($2 - x > 2 || x - $2 > 2) wrong++ }
    END { print high + 0, turned + 0, low + 0, back + 0, wrong + 0 }')
set -- $seen
echo "$1 samples above full scale, $2 of them negative; $3 below it, $4 of them positive; $5 others wrong"
sox -R -D -r 16000 -n -e floating-point -b 32 noise.wav synth 1 whitenoise vol 0.3
lv2apply -i noise.wav -o out.wav -c gain 12 http://lv2plug.in/plugins/eg-amp
echo "from a float file: $(soxi -e out.wav 2>/dev/null)"
[ "$1" -gt 500 ] && [ "$2" = "$1" ] && [ "$3" -gt 500 ] && [ "$4" = "$3" ] && [ "$5" = 0 ]
