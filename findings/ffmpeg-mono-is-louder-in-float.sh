#!/bin/sh
# av 18.1.0 (FFmpeg): how loud a stereo sound becomes in mono depends on the sample format that is asked for.
#
# Guess: mono is the mean of left and right, or some other fixed mix; a format only says how its samples are stored.
# Seen: two equal channels with a peak of 0.8 come out with a peak of 0.8 as 16 or 32-bit integers, and of 1.131 as floats, whatever
# the format they came in: integers get (L + R) / 2, floats (L + R) / sqrt(2), 3 dB more, which may pass full scale. So clips
# decoded to floats for a model are 3 dB louder than the same clips that were converted to 16-bit files first.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check av==18.1.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import av
import numpy as np

kinds = {"s16p": (np.int16, 2**15), "s32p": (np.int32, 2**31), "fltp": (np.float32, 1), "dblp": (np.float64, 1)}
tone = 0.8 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)


def mono_peak(source, target):
    kind, scale = kinds[source]
    frame = av.AudioFrame.from_ndarray(np.array([tone * scale] * 2).astype(kind), format=source, layout="stereo")
    frame.sample_rate = 16000
    resampler = av.AudioResampler(format=target, layout="mono", rate=16000)
    out = np.concatenate([part.to_ndarray() for part in resampler.resample(frame) + resampler.resample(None)], axis=1)
    return float(np.abs(out.astype(float)).max() / kinds[target][1])


right = True
for target in kinds:
    peaks = [mono_peak(source, target) for source in kinds]
    print(f"two channels of peak 0.8, to mono {target}, from {', '.join(kinds)}:", *(f"{peak:.3f}" for peak in peaks))
    right = right and np.allclose(peaks, 0.8 * 2**0.5 if target in ("fltp", "dblp") else 0.8, atol=1e-3)
sys.exit(0 if right else 1)
PY
