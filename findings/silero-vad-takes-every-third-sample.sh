#!/bin/sh
# silero-vad 6.2.3: sound at 32, 48 or 96 kHz is brought to 16 kHz by taking every second, third or sixth sample, without a filter,
# so what lies above 8 kHz folds down and is heard: speech is found where nobody could hear any.
#
# Guess: a detector that takes 48 kHz filters before it goes down to its own rate, so sound above 8 kHz is nothing to it.
# Seen: four seconds at 48 kHz, a buzz with formants and syllables from 1 to 3 s. As it is, speech from 1.0 to 1.8 s. The same moved up by 16 kHz,
# so that less than 1e-12 of its energy lies below 8 kHz: speech from 1.0 to 1.9 and 2.0 to 2.4 s. The same after a resampler with a filter:
# none. A warning says "casting to 16000 manually".
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check torch==2.13.0 packaging numpy==2.4.6 scipy==1.17.1
"$dir/venv/bin/pip" install -q --disable-pip-version-check --no-deps silero-vad==6.2.3
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

import numpy as np
import torch
from scipy.signal import butter, lfilter, resample_poly, sosfiltfilt
from silero_vad import get_speech_timestamps, load_silero_vad

RATE = 48000
time = np.arange(4 * RATE) / RATE
phase = np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * time)) / RATE
voice = np.diff(np.floor(phase), prepend=0)
for hertz, width in ((650, 80), (1100, 90), (2500, 150), (3500, 200)):
    radius = np.exp(-np.pi * width / RATE)
    voice = lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * hertz / RATE), radius**2], voice)
voice *= np.sqrt(np.clip(np.sin(2 * np.pi * 3 * time), 0, None)) * ((time > 1) & (time < 3))
voice = sosfiltfilt(butter(10, 7000, fs=RATE, output="sos"), 0.3 * voice / np.abs(voice).max())
moved = 2 * voice * np.cos(2 * np.pi * 16000 * time)

power, hertz = np.abs(np.fft.rfft(moved)) ** 2, np.fft.rfftfreq(len(moved), 1 / RATE)
below = power[hertz < 8000].sum() / power.sum()
model = load_silero_vad()


def speech(sound, rate):
    model.reset_states()
    sound = torch.tensor(np.ascontiguousarray(sound), dtype=torch.float32)
    return get_speech_timestamps(sound, model, sampling_rate=rate, return_seconds=True)


found = {
    "as it is": speech(voice, RATE),
    "moved above 8 kHz": speech(moved, RATE),
    "moved, then resampled": speech(resample_poly(moved, 1, 3), 16000),
}
print("share of the energy below 8 kHz once moved:", below)
for name, spans in found.items():
    print(name + ":", spans)
right = found["as it is"] and found["moved above 8 kHz"] and not found["moved, then resampled"] and below < 1e-9
sys.exit(0 if right else 1)
PY
