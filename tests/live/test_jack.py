"""`linnet live` on a real JACK server at blocks of 10 ms: no underrun, no gap, and the file's result.

A machine that is busy with other things has underruns of its own, so the session may be repeated twice.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.test_urgency import is_granted
from tests.runtime.tools import need

SECONDS, TRIES = 20, 3


@pytest.mark.long
def test_blocks_of_10_ms_pass_without_an_underrun(tmp_path: Path) -> None:
    need("jackd", "jack_wait", "jack_lsp", "jack_connect", "jack_disconnect")
    pytest.importorskip("sounddevice", exc_type=(ImportError, OSError))  # type: ignore[arg-type]  # PortAudio that is missing is an OSError
    if not is_granted():
        pytest.skip("this user has no real-time priority, without which the server itself has underruns")
    from tests.live.jack import SETTLED_SECONDS, pass_sound

    counted = []
    for session in range(TRIES):
        folder = tmp_path / str(session)
        folder.mkdir()
        passed = pass_sound(folder, SECONDS)
        assert passed.is_the_files_result()
        whole = passed.seconds_without_a_gap() + SETTLED_SECONDS == len(passed.before) / 48000
        counted.append((*passed.underruns, whole))
        if counted[-1] == (0, 0, True):
            return
    pytest.fail(f"underruns, overruns, and whether nothing was lost, in each session: {counted}")
