"""What a command writes twice is the same to the byte, the second time a day later by the clock of Python."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.apps.conftest import Command
from tests.source_tree import ROOT

CLIP, MODEL = str(ROOT / "examples/noisy/fan.wav"), "denoise-sparse-small"
WRITES = {
    "wav": ("denoise", CLIP, "--model", MODEL, "-o", "clean.wav"),
    "flac": ("denoise", CLIP, "--model", MODEL, "-o", "clean.flac"),
    "picture": ("denoise", CLIP, "--model", MODEL, "-o", "clean.wav", "--plot"),
    "speech": ("denoise", CLIP, "--model", MODEL, "-o", "clean.wav", "--speech"),
    "report": ("report", MODEL, "-o", "report.html"),
    "estimate": ("estimate", MODEL, "-o", "estimate.html"),
    "c": ("export", "c", MODEL, "-o", "model.c"),
    "single": ("export", "c", MODEL, "-o", "model.c", "--single-file"),
    "rename": ("rename", MODEL, "-o", "other.gguf", "--name", "other"),
}
A_DAY = 86400.0


@pytest.mark.long
@pytest.mark.parametrize("words", WRITES.values(), ids=WRITES.keys())
def test_a_day_later_it_writes_the_same_bytes(
    linnet: Command, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    for name, now in (("first", time.time()), ("second", time.time() + A_DAY)):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setattr(time, "time", lambda now=now: now)
        outcome = linnet(*words)
        assert outcome.code == 0, outcome.err
        written.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    assert written[0] == written[1]
    assert written[0]
