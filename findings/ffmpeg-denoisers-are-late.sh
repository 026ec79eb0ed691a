#!/bin/sh
# av 18.1.0 (FFmpeg 8.1.2): the denoisers afftdn and anlmdn give their output late, at the length and with the times of the input.
#
# Guess: the times of the frames tell where the sound belongs, so the denoised file lies under the noisy one, as it does with afwtdn.
# Seen: the first frame has time 0 and the length is that of the input, but afftdn is 1200 samples late at 48 kHz and 400 at 16 kHz
# (25 ms), anlmdn 384 and 128 (8 ms), and as much is missing at the end. The equalizer superequalizer is 4095 late at both.
# So noise that afftdn hardly touches (nr=0.01) has an SI-SDR of -52 dB or less, and of 93 dB once it is moved back.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check av==18.1.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from fractions import Fraction

import av
import numpy as np


def through(sound, rate, name, options):
    """The sound through one filter, and the time of its first frame."""
    graph = av.filter.Graph()
    nodes = [
        graph.add_abuffer(sample_rate=rate, format="fltp", layout="mono", time_base=Fraction(1, rate)),
        graph.add(name, options),
        graph.add("aformat", "sample_fmts=fltp:channel_layouts=mono"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    nodes[0].push(frame)
    nodes[0].push(None)
    frames = []
    while True:
        try:
            frames.append(nodes[3].pull())
        except (av.BlockingIOError, av.EOFError):
            return np.concatenate([each.to_ndarray()[0] for each in frames]), frames[0].pts


def si_sdr(estimate, target):
    part = target * (estimate @ target) / (target @ target)
    return 10 * np.log10(part @ part / np.sum((estimate - part) ** 2))


expected = {"afftdn": (400, 1200), "anlmdn": (128, 384), "superequalizer": (4095, 4095), "afwtdn": (0, 0)}
options, right = {"afftdn": "nr=0.01"}, True
for name, shifts in expected.items():
    for rate, shift in zip((16000, 48000), shifts):
        sound = (0.1 * np.random.default_rng(0).normal(size=2 * rate)).astype(np.float32)
        out, start = through(sound, rate, name, options.get(name, ""))
        spectra = np.conj(np.fft.rfft(sound, 4 * rate)) * np.fft.rfft(out, 4 * rate)
        late = int(np.argmax(np.fft.irfft(spectra)))
        plain, moved = si_sdr(out, sound), si_sdr(out[late:], sound[: len(sound) - late])
        print(f"{name} at {rate} Hz: {len(out) - len(sound)} samples too long, first time {start}, {late} samples late; "
              f"SI-SDR {plain:.1f} dB, moved back {moved:.1f} dB")
        right = right and (len(out), start, late) == (len(sound), 0, shift)
        if name == "afftdn":
            right = right and plain < -10 and moved > 40
sys.exit(0 if right else 1)
PY
