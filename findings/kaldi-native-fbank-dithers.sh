#!/bin/sh
# kaldi-native-fbank 1.23.0: the options of a new FbankOptions add noise to the samples, so the same sound gives other features
# each time, most of all where it is quiet.
#
# Guess: features are a function of the samples; dither, if there is any, has to be asked for.
# Seen: FbankOptions().frame_opts.dither is 3e-05. Two passes over one second of a 440 Hz tone at 0.1 differ by about 1.7 in a logarithm of
# energy (a factor of 5), in bands that the tone does not reach; two passes over zeros differ, too. With dither = 0 both are equal to
# the bit. It is no stream of its own that could be seeded: a third pass differs from both.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check kaldi-native-fbank==1.23.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import kaldi_native_fbank as fbank
import numpy as np


def features(samples, options):
    stream = fbank.OnlineFbank(options)
    stream.accept_waveform(16000, samples.tolist())
    stream.input_finished()
    return np.array([stream.get_frame(i) for i in range(stream.num_frames_ready)])


tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
usual, quiet = fbank.FbankOptions(), fbank.FbankOptions()
quiet.frame_opts.dither = 0
print("dither of new options:", usual.frame_opts.dither)
seen = {}
for name, options in (("usual", usual), ("dither 0", quiet)):
    for sound in (tone, 0 * tone):
        passes = [features(sound, options) for _ in range(3)]
        apart = [float(np.abs(a - b).max()) for a, b in ((passes[0], passes[1]), (passes[1], passes[2]))]
        seen[name, bool(sound.any())] = apart
        print(name, "tone" if sound.any() else "zeros", "two passes differ by", apart)
differ = all(least > 0.5 for apart in (seen["usual", True], seen["usual", False]) for least in apart)
same = all(most == 0 for apart in (seen["dither 0", True], seen["dither 0", False]) for most in apart)
sys.exit(0 if differ and same and abs(usual.frame_opts.dither - 3e-5) < 1e-9 else 1)
PY
