"""Which recordings a user named."""

from __future__ import annotations

from pathlib import Path

import pytest

from linnet.apps.desk.pairs import recordings_of
from linnet.apps.desk.refusal import Refusal


def test_folders_stand_for_the_recordings_below_them(recording: Path, tmp_path: Path) -> None:
    assert recordings_of([recording.parent, recording]) == [recording]
    (tmp_path / "none").mkdir()
    with pytest.raises(Refusal, match="holds no audio"):
        recordings_of([tmp_path / "none"])
