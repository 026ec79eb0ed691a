#!/bin/sh
# FFmpeg 5.1 (Debian 12), speechnorm: a clip of floats that was muted at its beginning comes out as NaN and infinity, all of it.
#
# Guess: what is multiplied by 0 is silent, and speech behind it is made as loud as without it.
# Seen: a tone of a second at 16 kHz whose first half is muted by volume=0, in a WAV of floats, comes out as 16 000 samples that are NaN or infinite. From
# a WAV of 16 bits it comes out well, and so it does from floats whose silence is of positive zeros only: sound times 0 has zeros of both
# signs, and it seems that each change of sign is taken for a half wave, of a height of 0. No message.
# Needs ffmpeg on PATH.
set -eu
command -v ffmpeg >/dev/null || { echo "ffmpeg is not here: apt-get install ffmpeg"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
run() { # samples that are no numbers: a codec for the file between, a source, filters that mute it
    ffmpeg -nostdin -v error -y -f lavfi -i "$2:s=16000:d=1" -af "$3" -c:a "$1" muted.wav
    ffmpeg -nostdin -v error -y -i muted.wav -af speechnorm -f f32le out.raw
    od -An -v -tf4 -w4 out.raw | grep -ciE 'inf|nan' || true
}
tone='aevalsrc=0.25*cos(2*PI*440*t)'
mute="volume=0:enable='lt(t,0.5)'"
floats=$(run pcm_f32le "$tone" "$mute")
whole=$(run pcm_s16le "$tone" "$mute")
zeros=$(run pcm_f32le "aevalsrc='if(lt(t,0.5),0,0.25*cos(2*PI*440*t))'" anull)
echo "no numbers, of 16000 samples: muted in floats $floats, in 16 bits $whole, in floats with positive zeros $zeros"
[ "$floats" = 16000 ] && [ "$whole" = 0 ] && [ "$zeros" = 0 ]
