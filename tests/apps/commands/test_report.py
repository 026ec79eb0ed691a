"""`linnet report`: one page that says what was counted, shows it, and needs nothing else."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.ir import packed_sizes, read_program, write_program
from tests.apps.conftest import Command

pytest.importorskip("matplotlib")

pytestmark = pytest.mark.long  # test_page.py has the fast ones

PNG = b"\x89PNG\r\n\x1a\n"


def pictures(text: str) -> list[bytes]:
    return [base64.b64decode(found) for found in re.findall(r'src="data:image/png;base64,([^"]+)"', text)]


def test_a_page_shows_a_model_on_a_recording(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "curves.png").write_bytes(PNG + b"curves")
    out = tmp_path / "page.html"
    outcome = linnet("report", model, "--audio", recording, "--run", tmp_path / "run", "-o", out)
    assert outcome.code == 0, outcome.err
    text, total = out.read_text("utf-8"), packed_sizes(read_program(model)).total
    assert f"{total.weights:,}, of which {total.nonzeros:,} are not 0" in text
    assert f"1 recording: {recording.name}" in text
    shown = pictures(text)
    assert len(shown) == 4
    assert all(picture.startswith(PNG) for picture in shown)
    assert PNG + b"curves" in shown
    assert not re.search(r'(src|href)="(?!data:)', text), "the page needs something else"


def test_a_page_without_a_recording_says_that_nothing_was_measured(
    linnet: Command, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "page.html"
    assert linnet("report", model, "-o", out).code == 0
    text = out.read_text("utf-8")
    assert "not measured" in text
    assert len(pictures(text)) == 2


def test_what_a_model_says_of_itself_is_text_and_nothing_else(
    linnet: Command, model: Path, tmp_path: Path
) -> None:
    program = read_program(model)
    hostile = "<script>alert('x')</script>"
    metadata = replace(
        program.metadata, name=hostile, recipe=hostile, training_data=hostile, card={hostile: hostile}
    )
    write_program(replace(program, metadata=metadata), tmp_path / "hostile.gguf")
    out = tmp_path / "page.html"
    assert linnet("report", tmp_path / "hostile.gguf", "-o", out).code == 0
    assert "<script" not in out.read_text("utf-8")
    assert out.read_text("utf-8").count("&lt;script&gt;") >= 5


def test_a_page_is_refused_with_reason(linnet: Command, model: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.html"
    there.write_text("kept")
    cases = [
        (("report", model, "-o", there), "--overwrite"),
        (("report", model, "-o", tmp_path / "page.txt"), "page.html"),
        (("report", model, "-o", tmp_path / "none" / "page.html"), "does not exist"),
        (("report", model, "-o", tmp_path / "a.html", "--run", tmp_path), "curves.png"),
        (("report", model, "-o", tmp_path / "a.html", "--audio", there), "there.html"),
        (("report", "no-such-model", "-o", tmp_path / "a.html"), "no-such-model"),
    ]
    for words, reason in cases:
        outcome = linnet(*words)
        assert outcome.code == 2, outcome.err
        assert reason in " ".join(outcome.err.split())
    assert there.read_text() == "kept"
    assert not (tmp_path / "a.html").exists()
