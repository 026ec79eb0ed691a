"""The microphone "Linnet" of `linnet plugin install --pipewire`, in a real PipeWire server without sound cards.

The chain begins when a program begins to listen, so its result is that of a file: the silence before the clip, and
the clip. A server on a busy machine may lose blocks, so the session may be repeated twice.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import correlate

from tests.live.test_pipewire import SERVER
from tests.plugin.hosts import WINDOW, clip, install, of_the_file
from tests.runtime.tools import need

RATE_HZ, TRIES = 48000, 3

SESSION = """
pipewire & server=$!
sleep 2
wireplumber & manager=$!
for i in $(seq 60); do pw-link -o | grep -q linnet:capture_MONO && break; sleep 0.2; done
sleep 2
pw-record --target 0 --rate 48000 --channels 1 --format f32 out.wav & recorder=$!
for i in $(seq 40); do pw-link linnet:capture_MONO pw-record:input_MONO && break; sleep 0.2; done
pw-link mic:capture_MONO linnet.input:input_MONO # where the manager has not done it
pw-play --target 0 clip.wav & player=$!
for i in $(seq 40); do pw-link pw-play:output_MONO mic:input_MONO && break; sleep 0.1; done
wait $player
sleep 1
kill -INT $recorder; wait $recorder
kill $manager $server
"""


def recorded(home: Path) -> np.ndarray:
    """What a program records from the microphone "Linnet", float32 [samples]."""
    (home / "run").mkdir(mode=0o700)
    (home / ".config/pipewire/pipewire.conf.d/test.conf").write_text(SERVER)
    around = np.zeros(2 * RATE_HZ, np.float32)  # until all is connected; and pw-play leaves out the end
    soundfile.write(
        home / "clip.wav", np.concatenate((around, clip(RATE_HZ), around)), RATE_HZ, subtype="FLOAT"
    )
    folders = {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / "state"),
    }
    words = ["dbus-run-session", "--", "bash", "-c", SESSION]
    done = subprocess.run(
        words, cwd=home, env=os.environ | folders, capture_output=True, text=True, timeout=90, check=False
    )
    assert (home / "out.wav").is_file(), done.stdout + done.stderr
    return soundfile.read(home / "out.wav", dtype="float32")[0]


def is_the_files_result(out: np.ndarray) -> bool:
    """Whether `out` is silence, then what the plug-in makes of the clip, from its first sample to its last."""
    sound = clip(RATE_HZ)
    assert len(out) > len(sound), "the clip did not come through"
    place = int(np.argmax(np.abs(correlate(out, sound, mode="valid"))))
    silence = place - WINDOW[RATE_HZ]
    if silence < 0:
        return False
    expected = of_the_file(np.concatenate((np.zeros(silence, np.float32), sound)), RATE_HZ)
    return np.array_equal(out[place : place + len(sound)], expected[silence:])


@pytest.mark.long
def test_the_microphone_of_pipewire_gives_the_files_result(tmp_path: Path) -> None:
    need("pipewire", "wireplumber", "dbus-run-session", "pw-link", "pw-play", "pw-record")
    results = []
    for session in range(TRIES):
        home = tmp_path / str(session)
        home.mkdir()
        install(home, "--pipewire")
        results.append(is_the_files_result(recorded(home)))
        if results[-1]:
            return
    pytest.fail(f"not the file's result in {TRIES} sessions")
