#!/bin/sh
# soundfile 0.14.0: Ctrl-C that comes while a file object is written or read is printed and lost; the program goes on.
#
# Guess: a KeyboardInterrupt raised in the object's write or seek reaches the caller of SoundFile.write, as it does with wave.
# Seen: "Exception ignored from cffi callback", and all samples are written. Whoever opens file objects has to put the signal off
# until libsndfile has returned.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check soundfile==0.14.0 numpy==2.4.6
cd "$dir"
cat > interrupted.py <<'PY'
import io
import os
import signal

import numpy as np
import soundfile

signal.signal(signal.SIGINT, signal.default_int_handler)


class Disk(io.BytesIO):
    is_pressed = False

    def seek(self, *where):
        if not self.is_pressed:
            self.is_pressed = True
            os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C does
        return super().seek(*where)


disk = Disk()
with soundfile.SoundFile(disk, "w", 16000, 1, "PCM_16", format="WAV") as file:
    file.write(np.zeros(16000))
print("went on to the end,", len(disk.getvalue()), "bytes")
PY
"$dir/venv/bin/python" interrupted.py > seen 2>&1
grep -E "ignored|KeyboardInterrupt|end" seen
grep -q "Exception ignored from cffi callback" seen && grep -q "KeyboardInterrupt" seen && grep -q "went on to the end, 32044 bytes" seen
