#!/bin/sh
# soundfile 0.14.0 (libsndfile 1.2.2): FLAC above 65 535 Hz works only at multiples of 10 Hz, and fails late.
#
# Guess: a rate that check_format accepts and that fits into FLAC's 20 bits can be written.
# Seen: 88 201 Hz passes check_format and opens for writing. The first write then fails with a message about the
# DECODER, and an empty file stays behind. 88 200 Hz, 88 210 Hz and the odd 65 535 Hz work: the header of a frame holds
# the rate in Hz as 16 bits or in tens of Hz.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check soundfile==0.14.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import os
import sys

import numpy as np
import soundfile

print("check_format:", soundfile.check_format("FLAC", "PCM_16"))
failed = []
for rate_hz in (44101, 65535, 65537, 88200, 88201, 88210, 96001, 655350):
    path = f"{rate_hz}.flac"
    file = soundfile.SoundFile(path, "w", rate_hz, 1)
    try:
        file.write(np.zeros(1000, np.int16))
        file.close()
        print(rate_hz, "written")
    except soundfile.LibsndfileError as error:
        print(rate_hz, "refused:", error, "- bytes left:", os.path.getsize(path))
        failed.append(rate_hz)
sys.exit(0 if failed == [65537, 88201, 96001] else 1)
PY
