#!/bin/sh
# av 18.1.0 (FFmpeg 8.1.2), dynaudnorm: clips shorter than 15 s are not normalized at all.
#
# Guess: the dynamic audio normalizer lifts a quiet clip towards its peak of 0.95, perhaps less so in its first and last half second.
# Seen: noise with a peak of 0.23 stays as it is, to 0.01 dB, for 2, 5 and 10 s, and rises by 11 dB in the middle of 30 s. The gains of 31 frames of 0.5 s
# are smoothed, and those in front of the clip and behind it count as 1, the least. With g=3 two seconds rise by 9 dB. A set of utterances is left alone.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check av==18.1.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from fractions import Fraction

import av
import numpy as np

RATE = 16000


def normalized(sound, options):
    graph = av.filter.Graph()
    nodes = [
        graph.add_abuffer(sample_rate=RATE, format="dblp", layout="mono", time_base=Fraction(1, RATE)),
        graph.add("dynaudnorm", options),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    frame = av.AudioFrame.from_ndarray(sound[None], format="dblp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    nodes[0].push(frame)
    nodes[0].push(None)
    out = []
    while True:
        try:
            out.append(nodes[2].pull().to_ndarray()[0])
        except (av.BlockingIOError, av.EOFError):
            return np.concatenate(out)


right = True
for seconds, options, least, most in ((2, "", 0, 0.02), (5, "", 0, 0.02), (10, "", 0, 0.05), (20, "", 5, 12), (30, "", 9, 13), (2, "g=3", 7, 13)):
    sound = 0.05 * np.random.default_rng(0).normal(size=seconds * RATE)
    out = normalized(sound, options)
    middle = slice(2 * len(sound) // 5, 3 * len(sound) // 5)
    rise = 20 * np.log10(out[middle].std() / sound[middle].std())
    print(f"{seconds} s of noise with a peak of {np.abs(sound).max():.2f}, options '{options}': {rise:.2f} dB louder in the middle")
    right = right and least <= abs(rise) <= most
sys.exit(0 if right else 1)
PY
