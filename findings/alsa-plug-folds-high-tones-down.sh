#!/bin/sh
# ALSA 1.2.8 (Debian 12), plug: other rates are converted along straight lines without a filter, and floats to 16 bits are rounded down.
#
# Guess: "plug", which "default" and "plughw" are, filters when it changes the rate, and rounds to the nearest step.
# Seen: a tone of 9 kHz played at 48 kHz into a device of 16 kHz is as loud there as before, now one of 7 kHz; one of 7 kHz at 16 kHz into 48 kHz has an
# image at 9 kHz of 63 % of it. Floats of 0.7 and -0.3 steps become 0 and -1, so all gets half a step lower. Other converters come with
# libasound2-plugins, and are used once it is installed.
# Needs aplay (alsa-utils) and sox on PATH; plays into a file.
set -eu
for tool in aplay sox; do
    command -v "$tool" >/dev/null || { echo "$tool is not here: apt-get install alsa-utils sox"; exit 3; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
cat > asound.conf <<'CONF'
</usr/share/alsa/alsa.conf>
pcm.kept { type file slave.pcm "null" file "out.raw" format "raw" }
pcm.at16 { type plug slave { pcm "kept" format S16_LE rate 16000 } }
pcm.at48 { type plug slave { pcm "kept" format S16_LE rate 48000 } }
CONF
export ALSA_CONFIG_PATH="$dir/asound.conf"
ok=yes
play() { rm -f out.raw; timeout 30 aplay -q -D "$1" in.wav; }
level() { # of the file in $1, the rate in $2, after the effects behind
    file=$1 rate=$2
    shift 2
    sox -t raw -r "$rate" -e signed -b 16 -c 1 "$file" -n trim 0.1 0.8 "$@" stat 2>&1 | sed -n 's/^RMS *amplitude: *//p'
}
sox -D -r 48000 -n -b 16 in.wav synth 1 sine 9000 vol 0.5
play at16
folded=$(level out.raw 16000 sinc 6500-7500)
echo "9 kHz from 48 into 16 kHz: RMS 0.354 before, $folded between 6.5 and 7.5 kHz after"
awk "BEGIN { exit !($folded > 0.34) }" || ok=no
sox -D -r 16000 -n -b 16 in.wav synth 1 sine 7000 vol 0.5
play at48
tone=$(level out.raw 48000 sinc -8000)
image=$(level out.raw 48000 sinc 8000-10000)
echo "7 kHz from 16 into 48 kHz: RMS $tone below 8 kHz and $image between 8 and 10 kHz"
awk "BEGIN { exit !($image > 0.5 * $tone) }" || ok=no
awk 'BEGIN { print "; Sample Rate 16000"; print "; Channels 1"; for (i = 0; i < 1600; i++) print i / 16000, (i % 2 ? -0.3 : 0.7) / 32768 }' > in.dat
sox in.dat -e floating-point -b 32 in.wav
play at16
steps=$(od -An -v -td2 -w2 out.raw | sort -n | uniq -c | awk '{ printf "%s%s times %s", sep, $1, $2; sep = ", " }')
echo "0.7 and -0.3 steps as 16 bits: $steps"
case $steps in "800 times -1, "*" times 0") ;; *) ok=no ;; esac
[ $ok = yes ]
