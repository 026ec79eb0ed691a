#!/bin/sh
# FFmpeg 5.1 (Debian 12), volumedetect: float sound is measured in 16 bits, so peaks above full scale and quiet sound are not seen.
#
# Guess: the filter that tells how much gain a file may get measures it as it is: a float file with a peak of 2 has a max_volume of 6 dB.
# Seen: 0.0 dB, and a mean_volume of -1.1 dB, those of the clipped sound, where astats has 6.0 and 3.0. Tones of 1e-4 and 1e-5 are at -80.8
# and -91.0 instead of -80 and -100 dB. Nothing is said about a conversion; astats measures floats.
# Needs ffmpeg on PATH.
set -eu
command -v ffmpeg >/dev/null || { echo "ffmpeg is not here: apt-get install ffmpeg"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
measured() { # the gain on a tone of full scale, as floats
    ffmpeg -hide_banner -nostats -f lavfi -i "aevalsrc=$1*sin(2*PI*440*t):d=1:s=16000" -af "$2" -f null - 2>&1
}
ok=yes
for case in "2 0.0 6.02" "0.5 -6.0 -6.02" "0.0001 -80.8 -80.00" "0.00001 -91.0 -100.00"; do
    set -- $case
    volume=$(measured "$1" volumedetect | sed -n 's/.*max_volume: \(.*\) dB/\1/p')
    mean=$(measured "$1" volumedetect | sed -n 's/.*mean_volume: \(.*\) dB/\1/p')
    peak=$(measured "$1" astats=measure_perchannel=none | sed -n 's/.*Peak level dB: //p')
    rms=$(measured "$1" astats=measure_perchannel=none | sed -n 's/.*RMS level dB: //p')
    echo "a tone of $1: volumedetect max $volume and mean $mean dB, astats peak $peak and RMS $rms dB"
    [ "$volume" = "$2" ] || ok=no
    awk "BEGIN { exit !($peak - $3 < 0.01 && $3 - $peak < 0.01) }" || ok=no
done
[ $ok = yes ]
