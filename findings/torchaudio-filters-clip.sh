#!/bin/sh
# torchaudio 2.11.0 with torch 2.13.0: filters cut their output at +-1, most of them without an option against it.
#
# Guess: a filter is linear, so it works on samples in the scale of 16 bits, on features or on loud floats as on quiet sound.
# Seen: highpass_biquad, lowpass_biquad, treble_biquad, deemphasis and the others that end in lfilter give nothing beyond +-1: of noise in the scale of
# 16 bits a high pass leaves little but the signs. lfilter and filtfilt have clamp=False; the others do not. preemphasis, gain and
# fftconvolve do not cut, so deemphasis is the inverse of preemphasis for quiet sound only.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check torch==2.13.0 torchaudio==2.11.0 numpy==2.4.6
# Its C++ part asks for CUDA's libraries on import. Without it the same Python functions run, and cut in the same way.
rm -r "$dir"/venv/lib/python3*/site-packages/torchaudio/lib
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import inspect
import sys

import torch
import torchaudio.functional as F

torch.manual_seed(0)
noise, one = 3000 * torch.randn(16000), torch.tensor([1.0, 0.0])
filters = {
    F.highpass_biquad: (16000, 100.0),
    F.lowpass_biquad: (16000, 4000.0),
    F.treble_biquad: (16000, 6.0),
    F.deemphasis: (),
    F.lfilter: (one, one),
    F.filtfilt: (one, one),
    F.preemphasis: (),
    F.gain: (6.0,),
    F.fftconvolve: (one,),
}
cut, optional = [], []
for filter, arguments in filters.items():
    out = filter(noise, *arguments)
    option = "clamp" in inspect.signature(filter).parameters
    print(f"{filter.__name__}: noise with a peak of {noise.abs().max():.0f} comes out with {out.abs().max():.0f}; option clamp: {option}")
    cut += [filter.__name__] * (float(out.abs().max()) == 1)
    optional += [filter.__name__] * option
back = [F.deemphasis(F.preemphasis(scale * noise)) / scale for scale in (1e-5, 1)]
print("deemphasis of preemphasis is off by", *(f"{float((each - noise).abs().max()):.3f}" for each in back), "at the scale of 0.1 and of 16 bits")
expected = ["highpass_biquad", "lowpass_biquad", "treble_biquad", "deemphasis", "lfilter", "filtfilt"]
sys.exit(0 if cut == expected and optional == expected[4:] and (back[0] - noise).abs().max() < 1 < (back[1] - noise).abs().max() else 1)
PY
