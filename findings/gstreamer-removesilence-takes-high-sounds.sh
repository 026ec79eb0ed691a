#!/bin/sh
# GStreamer 1.22.0 (Debian 12), removesilence: loud sound of high frequency is removed as silence, whatever the threshold.
#
# Guess: what is louder than the threshold in dB is kept; its default is -60 dB.
# Seen: tones of 200, 1000 and 3000 Hz are kept whole, one of 6000 Hz as loud as them (-13 dB) is removed whole, and of white noise of -25 dB at
# 16 kHz about half: its detector also counts zero crossings, and takes many of them for silence. So s and sh go with the pauses.
# Needs gst-launch-1.0 with its base, good and bad plugins on PATH.
set -eu
command -v gst-launch-1.0 >/dev/null || { echo "gst-launch-1.0 is not here: apt-get install gstreamer1.0-tools gstreamer1.0-plugins-bad"; exit 3; }
gst-inspect-1.0 removesilence >/dev/null || { echo "removesilence is not here: apt-get install gstreamer1.0-plugins-bad"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
kept() { # a wave of audiotestsrc, its frequency and its volume; five seconds at 16 kHz
    : > out
    gst-launch-1.0 -q audiotestsrc wave="$1" freq="$2" volume="$3" num-buffers=100 samplesperbuffer=800 ! \
        audio/x-raw,format=S16LE,rate=16000,channels=1 ! removesilence remove=true ! filesink location=out 2>/dev/null
    echo $(($(stat -c %s out) * 100 / 160000))
}
ok=yes
for frequency in 200 1000 3000 6000; do
    percent=$(kept sine $frequency 0.3)
    echo "a tone of $frequency Hz, -13 dB: $percent % kept"
    expected=100
    [ $frequency = 6000 ] && expected=0
    [ "$percent" -ge $((expected - 5)) ] && [ "$percent" -le $((expected + 5)) ] || ok=no
done
percent=$(kept white-noise 1000 0.1)
echo "white noise, -25 dB: $percent % kept"
[ "$percent" -gt 20 ] && [ "$percent" -lt 80 ] && [ $ok = yes ]
