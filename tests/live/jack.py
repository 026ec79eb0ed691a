"""`linnet live` in a JACK server without sound cards, in blocks of 10 ms, while a clip is played to it over and over.

`taskset -c 1 python -m tests.live.jack 300` does it for 300 seconds and prints what is in docs/results/live.md.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from linnet.runtime import Denoiser
from tests.plugin.hosts import clip
from tests.source_tree import ROOT

RATE_HZ, BLOCK = 48000, 480
LATENCY = 1536  # of the denoiser
SETTLED_SECONDS = 3  # after which the clip is connected and playing

SESSION = f"""
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=linnet$$
jackd -P 40 --name $JACK_DEFAULT_SERVER -d dummy -r {RATE_HZ} -p {BLOCK} -C 1 -P 1 >server.log 2>&1 & server=$!
jack_wait --wait --timeout 20 >/dev/null
"$PYTHON" -m tests.live.jack_player clip.wav {BLOCK} >player.log 2>&1 & player=$!
for i in $(seq 100); do jack_lsp 2>/dev/null | grep -q PortAudio:out_0 && break; sleep 0.2; done
(
    for i in $(seq 100); do jack_lsp | grep -q PortAudio-01:in_0 && break; sleep 0.2; done
    jack_disconnect system:capture_1 PortAudio-01:in_0
    jack_connect PortAudio:out_0 PortAudio-01:in_0
) >connect.log 2>&1 &
"$PYTHON" -m linnet live --input system --output system --sample-rate-hz {RATE_HZ} --block-ms 10 \\
    --seconds $SECONDS_LONG --record-before before.wav --record-after after.wav
code=$?
kill $player; sleep 0.5; kill $server
exit $code
"""


@dataclass(frozen=True)
class Passed:
    """What one session gave: the sound before and after, float32 [samples], and what the command said."""

    before: np.ndarray
    after: np.ndarray
    said: str

    @property
    def underruns(self) -> tuple[int, int]:
        """Underruns of the output, overruns of the input. PortAudio counts those of every client of the server."""
        found = re.search(r"underruns: (\d+) of the output, (\d+) overruns", self.said)
        assert found is not None, self.said
        return int(found[1]), int(found[2])

    def is_the_files_result(self) -> bool:
        """Whether what left is what the denoiser makes of what came, sample by sample."""
        expected = Denoiser.from_pretrained()(self.before, sample_rate_hz=RATE_HZ)
        return np.array_equal(self.after[LATENCY:], expected[:-LATENCY])

    def seconds_without_a_gap(self) -> float:
        """For how long the clip came in, from SETTLED_SECONDS on, without a sample lost or doubled."""
        sound, came = clip(RATE_HZ), self.before[SETTLED_SECONDS * RATE_HZ :]
        twice, first = np.concatenate((sound, sound)), came[:BLOCK]
        places = [k for k in np.flatnonzero(sound == first[0]) if np.array_equal(twice[k : k + BLOCK], first)]
        assert len(places) == 1, "the clip did not come through"
        whole = np.take(sound, np.arange(places[0], places[0] + len(came)), mode="wrap")
        wrong = np.flatnonzero(whole != came)
        return float(wrong[0] if len(wrong) else len(came)) / RATE_HZ


def pass_sound(folder: Path, seconds: int) -> Passed:
    """Run a session in `folder`, which holds nothing."""
    soundfile.write(folder / "clip.wav", clip(RATE_HZ), RATE_HZ, subtype="FLOAT")
    paths = os.pathsep.join([*(str(Path(p).resolve()) for p in sys.path if p), str(ROOT)])
    done = subprocess.run(
        ["bash", "-c", SESSION],
        cwd=folder,
        env=os.environ | {"PYTHON": sys.executable, "PYTHONPATH": paths, "SECONDS_LONG": str(seconds)},
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        check=False,
    )
    logs = "\n".join(path.read_text() for path in sorted(folder.glob("*.log")))
    assert done.returncode == 0, done.stdout + done.stderr + logs
    before, after = (
        soundfile.read(folder / f"{name}.wav", dtype="float32")[0] for name in ("before", "after")
    )
    return Passed(before, after, done.stdout + done.stderr)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as room:
        passed = pass_sound(Path(room), int(sys.argv[1]))
        print(passed.said)
        print(f"the file's result: {passed.is_the_files_result()}")
        print(f"without a gap: {passed.seconds_without_a_gap():.1f} s of {len(passed.before) / RATE_HZ:.1f}")
