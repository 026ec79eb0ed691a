"""`linnet bench listen`: a page that holds all its sound and pictures and asks nothing of the network."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from linnet.audio.files import read_audio, write_audio
from linnet.audio.synthetic import pink, speech_like
from tests.apps.conftest import Command

COPY = "<same>=cp {in} {out}"


@pytest.fixture
def noisy_set(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    clean = speech_like(rng, 2 * 16_000, 16_000)[:, np.newaxis]
    folder = tmp_path / "set"
    for name, samples in (
        ("clean", clean),
        ("noisy", clean + 0.05 * pink(rng, len(clean), 16_000)[:, np.newaxis]),
    ):
        (folder / name).mkdir(parents=True)
        stem = "clean_fileid_0" if name == "clean" else "one_snr5_fileid_0"
        write_audio(folder / name / f"{stem}.wav", samples.astype(np.float32), 16_000)
    return folder


@pytest.mark.long
def test_the_page_holds_every_take_of_every_recording(
    linnet: Command, model: Path, noisy_set: Path, tmp_path: Path
) -> None:
    page = tmp_path / "listen.html"
    outcome = linnet("bench", "listen", "--set", noisy_set, "--model", model, "--peer", COPY, "-o", page)
    assert outcome.code == 0, outcome.err
    text = page.read_text("utf-8")
    sounds = re.findall(r"data:audio/flac;base64,([^\"]+)", text)
    assert len(sounds) == text.count("<audio") == text.count("<img") == 4  # noisy, clean, ours, the other
    (tmp_path / "take.flac").write_bytes(b64decode(sounds[0]))
    noisy, _ = read_audio(tmp_path / "take.flac")
    np.testing.assert_allclose(noisy, read_audio(next((noisy_set / "noisy").iterdir()))[0], atol=2**-15)
    assert "&lt;same&gt;" in text
    assert "<same>" not in text
    assert "media-src data:" in text
    assert not re.search(r"(src|href)=\"(?!data:)", text)


def test_two_of_one_name_are_refused(linnet: Command, model: Path, noisy_set: Path, tmp_path: Path) -> None:
    page, peer = tmp_path / "page.html", "noisy=cp {in} {out}"
    outcome = linnet("bench", "listen", "--set", noisy_set, "--model", model, "--peer", peer, "-o", page)
    assert outcome.code == 2
    assert "two contenders are called noisy" in outcome.err
    assert not page.exists()


def test_a_page_that_cannot_be_written_is_refused_before_the_work(
    linnet: Command, model: Path, noisy_set: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    words = (
        "--model",
        model,
        "--peer",
        f"other=cp {{in}} {{out}} && touch {trace}",
        "-o",
        tmp_path / "no/page.html",
    )
    outcome = linnet("bench", "listen", "--set", noisy_set, *words)
    assert outcome.code == 2
    assert "lies in a folder that does not exist" in outcome.err
    assert not trace.exists()


def test_a_number_of_recordings_that_no_browser_opens_is_refused(
    linnet: Command, noisy_set: Path, tmp_path: Path
) -> None:
    outcome = linnet("bench", "listen", "--set", noisy_set, "--clips", 0, "-o", tmp_path / "page.html")
    assert outcome.code == 2
    assert "--clips 0" in outcome.err
    assert not (tmp_path / "page.html").exists()
