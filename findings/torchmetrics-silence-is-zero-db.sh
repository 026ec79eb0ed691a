#!/bin/sh
# torchmetrics 1.9.0: a silent estimate has an SI-SNR and an SI-SDR of 0 dB, better than any estimate with more noise than speech.
#
# Guess: an estimate without anything of the target scores lowest of all, about as minus infinity.
# Seen: against one second of a tone, zeros score 0.0 dB by both. An estimate of zeros but for one sample of 1 scores -54 dB, and the
# tone in noise of 3 dB more scores -3 dB. A denoiser that mutes the hard clips of a set gains on the mean.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check torch==2.13.0 torchmetrics==1.9.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch
from torchmetrics.functional.audio import scale_invariant_signal_distortion_ratio as si_sdr
from torchmetrics.functional.audio import scale_invariant_signal_noise_ratio as si_snr

torch.manual_seed(0)
tone = torch.sin(2 * torch.pi * 440 * torch.arange(16000) / 16000)
silence, click = torch.zeros(16000), torch.zeros(16000)
click[8001] = 1
noisy = tone + 2**0.5 * torch.randn(16000) * 0.707
estimates = {"silence": silence, "one click": click, "3 dB more noise": noisy}
seen = {name: [float(f(each, tone)) for f in (si_snr, si_sdr)] for name, each in estimates.items()}
for name, (snr, sdr) in seen.items():
    print(f"{name}: SI-SNR {snr:.1f} dB, SI-SDR {sdr:.1f} dB")
right = seen["silence"] == [0.0, 0.0] and max(seen["one click"]) < -35 and max(seen["3 dB more noise"]) < -2
sys.exit(0 if right else 1)
PY
