#!/bin/sh
# soxr 1.1.0: a stream at the default quality 'HQ' gives its output in bursts of about 30 ms, so it is up to 37 ms late,
# though its filter needs 6 ms; delay() tells the delay of this moment, which goes up and down with the bursts.
#
# Guess: pushed 10 ms at a time, a stream falls behind by its filter, a few milliseconds, and delay() is that constant.
# Seen: 16 to 48 kHz, 10 ms a push, after the first output. QQ 0.1 ms always. LQ 2.5 to 20 ms, MQ 5 to 38 ms, HQ 6 to 37 ms, VHQ 9 to
# 76 ms; delay() within the same bounds. Live sound must wait for the longest, or run dry.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check soxr==1.1.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import soxr

IN, OUT, PUSH_MS = 16000, 48000, 10
seen = {}
for quality in ("QQ", "LQ", "MQ", "HQ", "VHQ"):
    stream = soxr.ResampleStream(IN, OUT, 1, dtype="float32", quality=quality)
    given, late, told = 0, [], []
    for pushes in range(1, 301):
        given += len(stream.resample_chunk(np.zeros(IN * PUSH_MS // 1000, np.float32)))
        if given:
            late.append(pushes * PUSH_MS - 1000 * given / OUT)
            told.append(1000 * stream.delay() / OUT)
    seen[quality] = [round(float(f(x))) for x in (late, told) for f in (np.min, np.max)]
    print(quality, "late by {} to {} ms, delay() {} to {} ms".format(*seen[quality]))
expected = {"QQ": (0, 0), "LQ": (2, 20), "MQ": (5, 38), "HQ": (6, 37), "VHQ": (9, 76)}
sys.exit(0 if all(seen[q] == [*bounds, *bounds] for q, bounds in expected.items()) else 1)
PY
