"""`linnet live` on a real PipeWire server without sound cards: a clip through it, Ctrl-C at the end.

How much passes depends on how busy the machine is, so the two recordings are compared, sample by sample.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from linnet.runtime import Denoiser
from tests.plugin.hosts import clip
from tests.runtime.tools import need, need_file

SERVER = """
context.properties = {
    default.clock.rate = 48000 default.clock.quantum = 2048
    default.clock.min-quantum = 2048 default.clock.max-quantum = 2048
}
context.objects = [
    { factory = adapter args = { factory.name = support.null-audio-sink node.name = mic
        media.class = Audio/Source/Virtual audio.position = [ MONO ] } }
    { factory = adapter args = { factory.name = support.null-audio-sink node.name = speaker
        media.class = Audio/Sink audio.position = [ MONO ] } }
]
"""

SESSION = """
pipewire & server=$!
sleep 2
wireplumber & manager=$!
sleep 4
(
    for i in $(seq 60); do pw-link -i | grep -q 'ALSA Capture' && break; sleep 0.5; done
    pw-play --target 0 clip.wav &
    for i in $(seq 40); do pw-link pw-play:output_MONO mic:input_MONO && break; sleep 0.2; done
) >player.log 2>&1 &
timeout --foreground --preserve-status -s INT 20 "$PYTHON" -m linnet live --input pipewire --output pipewire \
    --sample-rate-hz 48000 --block-ms 100 --record-before before.wav --record-after after.wav
code=$?
kill $manager $server
exit $code
"""


@pytest.mark.long
def test_what_leaves_pipewire_is_the_files_result_of_what_came(tmp_path: Path) -> None:
    need("pipewire", "wireplumber", "dbus-run-session", "pw-link", "pw-play", "timeout")
    need_file("/etc/alsa/conf.d/50-pipewire.conf", "pipewire-alsa")
    pytest.importorskip("sounddevice", exc_type=(ImportError, OSError))  # type: ignore[arg-type]  # PortAudio that is missing is an OSError
    (tmp_path / "run").mkdir(mode=0o700)
    configuration = tmp_path / "config" / "pipewire" / "pipewire.conf.d" / "test.conf"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(SERVER)
    soundfile.write(tmp_path / "clip.wav", clip(48000), 48000, subtype="FLOAT")
    folders = {
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "HOME": str(tmp_path),
        "PYTHON": sys.executable,
    }
    paths = os.pathsep.join(str(Path(p).resolve()) for p in sys.path if p)
    done = subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", SESSION],
        cwd=tmp_path,
        env=os.environ | folders | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    before, after = (
        soundfile.read(tmp_path / f"{name}.wav", dtype="float32")[0] for name in ("before", "after")
    )
    assert len(before) == len(after)
    assert np.abs(before).max() > 0.05, "the clip did not come through"
    expected = Denoiser.from_pretrained()(before, sample_rate_hz=48000)
    assert np.array_equal(after[1536:], expected[:-1536])
