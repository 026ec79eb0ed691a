#!/bin/sh
# pyloudnorm 0.2.0 and av 18.1.0 (FFmpeg 8.1.2): the loudness range (LRA) of a steady tone depends on how long it lasts.
#
# Guess: sound that never changes has a loudness range of 0 LU, however long it is, and two programs of EBU R 128 agree on it.
# Seen: pyloudnorm says 2.4 LU for 4 s, 1.9 for 6 s, 1.0 for 10 s and 0 from about 30 s on, FFmpeg's ebur128 0.0 for all. pyloudnorm puts 1.5 s
# of silence behind the sound, so the last of its windows of 3 s are up to 3 dB quieter. Clips shorter than half a minute are compared by their length.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pyloudnorm==0.2.0 scipy==1.17.1 av==18.1.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from fractions import Fraction

import av
import numpy as np
import pyloudnorm

RATE = 48000


def by_ffmpeg(sound):
    graph = av.filter.Graph()
    nodes = [
        graph.add_abuffer(sample_rate=RATE, format="dbl", layout="mono", time_base=Fraction(1, RATE)),
        graph.add("ebur128", "metadata=1"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    frame = av.AudioFrame.from_ndarray(sound[None], format="dbl", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    nodes[0].push(frame)
    nodes[0].push(None)
    found = float("nan")
    while True:
        try:
            found = float(nodes[2].pull().metadata.get("lavfi.r128.LRA", found))
        except (av.BlockingIOError, av.EOFError):
            return found


right = True
for seconds, expected in ((4, 2.39), (6, 1.87), (10, 1.0), (30, 0.0)):
    tone = 0.5 * np.sin(2 * np.pi * 997 * np.arange(seconds * RATE) / RATE)
    seen, theirs = pyloudnorm.Meter(RATE).loudness_range(tone), by_ffmpeg(tone)
    print(f"a steady tone of {seconds} s: LRA {seen:.2f} LU, FFmpeg {theirs:.2f} LU")
    right = right and abs(seen - expected) < 0.02 and theirs == 0
sys.exit(0 if right else 1)
PY
