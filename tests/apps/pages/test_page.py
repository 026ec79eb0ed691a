"""`linnet report`: one page that needs nothing else, says what it was measured on, and lets no foreign word do harm."""

from __future__ import annotations

import base64
import dataclasses
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from linnet.apps.desk import picture
from linnet.apps.pages.page import hear_clip, hear_file, write_report
from linnet.apps.pages.page_pictures import in_columns
from linnet.ir import Linear, read_program, write_program
from linnet.life.following import NamedClip, account_of_file
from linnet.runtime import Model
from tests.apps.conftest import Command
from tests.conftest import tone

pytest.importorskip("matplotlib")

HOSTILE = '<script>alert("x")</script>&amp;'


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A run whose curves are the smallest picture that begins like a PNG."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "curves.png").write_bytes(b"\x89PNG\r\n\x1a\ncurves")
    return folder


def test_the_page_says_everything_and_loads_nothing(
    linnet: Command, model: Path, recording: Path, run_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "page.html"
    outcome = linnet("report", model, "--audio", recording, "--run", run_folder, "-o", out)
    assert outcome.code == 0, outcome.err
    text = out.read_text("utf-8")
    program = read_program(model)
    account = account_of_file(program, Model(model), recording)
    for words in (
        program.metadata.name,
        "CC0-1.0",
        "1 recording: voice.wav",
        "Measured on voice.wav, 0.5 s",
        f"{sum(account.macs) / account.frames:,.0f} per frame",
        "N-DNS power proxy",
        "bytes of constants",
        "layer 1 B",
        "si_snr_db",
        "ñandú",
        "hop 128",
    ):
        assert words in unescape(text), words
    tags = Tags(text).found
    assert not {"script", "link", "iframe"} & {tag for tag, _ in tags}
    sources = [str(attributes["src"]) for tag, attributes in tags if tag == "img"]
    assert len(sources) == 4
    pictures = [base64.b64decode(source.removeprefix("data:image/png;base64,")) for source in sources]
    assert all(content.startswith(b"\x89PNG\r\n\x1a\n") for content in pictures)
    assert pictures[-1] == (run_folder / "curves.png").read_bytes()
    assert not re.search(r"https?://", text)
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


@pytest.mark.long
def test_phase_and_bands_are_named_where_there_is_some(
    phase_model: Path, recording: Path, tmp_path: Path
) -> None:
    out = tmp_path / "page.html"
    write_report(phase_model, out, recordings=[recording])
    assert "70 bands, 40 lowest bins with phase" in out.read_text("utf-8")


@pytest.mark.long
def test_words_of_a_model_are_words_on_the_page(model: Path, tmp_path: Path) -> None:
    program = read_program(model)
    metadata = dataclasses.replace(
        program.metadata,
        name=HOSTILE,
        licence=HOSTILE,
        training_data=HOSTILE,
        recipe=HOSTILE,
        card={HOSTILE: {HOSTILE: HOSTILE}},
    )
    hostile, out = tmp_path / "hostile.gguf", tmp_path / "page.html"
    write_program(dataclasses.replace(program, metadata=metadata), hostile)
    write_report(hostile, out)
    text = out.read_text("utf-8")
    assert "script" not in {tag for tag, _ in Tags(text).found}
    assert unescape(text).count(HOSTILE) == 8  # twice name, once licence, thrice card, data, recipe
    assert "not measured" in text


def test_what_is_drawn_is_what_was_counted(model: Path, recording: Path) -> None:
    program, engine = read_program(model), Model(model)
    hearing, account = hear_file(program, engine, recording)
    assert hearing.macs.sum() == sum(account.macs)
    assert hearing.seconds == 0.5
    matrices = [node for node in program.nodes if isinstance(node, Linear)]
    shares = account.shares(program)
    expected = [1 - (shares[node.reads[0]] or 0.0) for node in matrices]
    np.testing.assert_allclose(hearing.zeros.mean(axis=1), expected, atol=1e-12)


def test_a_clip_is_heard_like_the_recording_of_it(model: Path, recording: Path) -> None:
    program, engine = read_program(model), Model(model)
    codes = np.round(tone(0.5, 16000)[:, 0] * 32768).clip(-32768, 32767)
    clip = NamedClip("clip", (codes / 32768).astype(np.float32))
    by_clip, _ = hear_clip(program, engine, clip)
    by_file, _ = hear_file(program, engine, recording)
    assert len(by_clip.macs) == len(by_file.macs)
    assert by_clip.macs.mean() == pytest.approx(by_file.macs.mean(), rel=0.02)


def test_columns_are_means_over_time() -> None:
    np.testing.assert_allclose(in_columns(np.arange(6.0)[np.newaxis]), [[0, 1, 2, 3, 4, 5]])
    long = in_columns(np.arange(2400.0)[np.newaxis])
    np.testing.assert_allclose(long[0], 2 * np.arange(1200) + 0.5)


def test_what_cannot_be_reported_is_refused(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    out = tmp_path / "page.html"
    out.write_text("mine")
    empty = tmp_path / "empty"
    empty.mkdir()
    copy = tmp_path / "copy.html"  # a model by its bytes
    copy.write_bytes(model.read_bytes())
    for words, reason in (
        ((model, "-o", out), "--overwrite"),
        ((model, "-o", tmp_path / "gone" / "page.html"), "folder that does not exist"),
        ((model, "-o", out, "--overwrite", "--run", empty), "curves.png"),
        ((model, "-o", out, "--overwrite", "--audio", tmp_path / "gone.wav"), "gone.wav"),
        ((model, "-o", recording), ".html"),
        ((copy, "-o", copy, "--overwrite"), "is an input of the page"),
    ):
        outcome = linnet("report", *words)
        assert outcome.code == 2, outcome.err
        assert reason in outcome.err
    assert out.read_text() == "mine"
    assert copy.read_bytes() == model.read_bytes()


def test_without_matplotlib_the_extra_is_named(
    linnet: Command, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "find_spec", lambda name: None)
    outcome = linnet("report", model, "-o", tmp_path / "page.html")
    assert outcome.code == 2
    assert "pip install matplotlib" in outcome.err
