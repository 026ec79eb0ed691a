"""Names of a stranger's choosing: in model files, of recordings and of folders. Each command shows them and goes on."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from linnet.audio.files import write_audio
from linnet.ir import Program, read_program, write_program
from tests.apps.conftest import Command
from tests.conftest import tone

HOSTILE = "\x1b]0;owned\x07\x1b[2J</pre><script>$\\frac{$ *\\\r/ [bold] \u202e"
FILE_NAMES = [
    "a $\\frac{ 5$.wav",
    "\x1b[31mred\n.wav",
    os.fsdecode(b"caf\xe9.wav"),
    "-o.wav",
    "<b> & 'c'.wav",
]


@pytest.fixture
def hostile_model(model: Path, tmp_path: Path) -> Path:
    """A valid model whose every text is hostile."""
    program: Program = read_program(model)
    card = {HOSTILE: {"x": HOSTILE}, "scores": HOSTILE}
    metadata = dataclasses.replace(
        program.metadata, name=HOSTILE, licence=HOSTILE, training_data=HOSTILE, recipe=HOSTILE, card=card
    )
    path = tmp_path / "hostile.gguf"
    write_program(dataclasses.replace(program, metadata=metadata), path)
    return path


def acts(text: str) -> bool:
    return any(not c.isprintable() and c != "\n" for c in text)


def test_a_card_cannot_steer_the_terminal(linnet: Command, hostile_model: Path) -> None:
    for words in ((), ("--json",)):
        outcome = linnet("inspect", hostile_model, *words)
        assert outcome.code == 0, outcome.err
        assert not acts(outcome.out)
        assert "\\x1b]0;owned" in outcome.out or "\\u001b]0;owned" in outcome.out


def test_a_report_has_no_tags_of_a_card(linnet: Command, hostile_model: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    page = tmp_path / "page.html"
    assert linnet("report", hostile_model, "-o", page).code == 0
    assert "<script" not in page.read_text("utf-8")
    assert not acts(page.read_text("utf-8"))


@pytest.mark.long
@pytest.mark.usefixtures("quick_dnsmos")
def test_recordings_of_any_name_are_cleaned_and_drawn(linnet: Command, model: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for folder in ("in", "clean"):
        (tmp_path / folder).mkdir()
        for name in FILE_NAMES:
            write_audio(tmp_path / folder / name, tone(0.3, 16000), 16000)
    pictures = [f"{name.removesuffix('.wav')}.png" for name in FILE_NAMES]
    for words in (
        ("denoise", tmp_path / "in", "-o", tmp_path / "out", "--model", model, "--plot"),
        (
            *("evaluate", "--noisy", tmp_path / "in", "--clean", tmp_path / "clean", "--model", model),
            *("--json", tmp_path / "a.json"),
        ),
        ("data", "statistics", tmp_path / "in"),
        *(("inspect", model, "--audio", tmp_path / "in" / name) for name in FILE_NAMES),
    ):
        outcome = linnet(*words)
        assert outcome.code == 0, outcome.err
        assert not acts(outcome.out)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*FILE_NAMES, *pictures}


def test_a_refusal_is_one_line_whatever_the_name(linnet: Command, tmp_path: Path) -> None:
    outcome = linnet("denoise", tmp_path / "\x1b[2Jno\nfile.wav", "-o", tmp_path / "out")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert not acts(outcome.err)
