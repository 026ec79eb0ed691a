"""`linnet listen` prints what a recognizer hears in files, and refuses what it cannot hear."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from linnet.apps.commands import listen
from linnet.audio.files import write_audio
from linnet.live.hearing import Hearing
from linnet.runtime import Recognizer
from tests.apps.conftest import Command
from tests.apps.words import write_words_model
from tests.conftest import tone


@pytest.fixture(scope="module")
def words_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file whose recipe names a word for every output; what it hears means nothing."""
    return write_words_model(tmp_path_factory.mktemp("model") / "words.gguf")


def test_every_word_is_printed_with_its_time(linnet: Command, words_model: Path, tmp_path: Path) -> None:
    sound = tone(1.0, 16000, channels=2)
    write_audio(tmp_path / "a.wav", sound, 16000, encoding="FLOAT")
    outcome = linnet("listen", tmp_path / "a.wav", "--model", words_model)
    assert outcome.code == 0, outcome.err
    expected = Recognizer(words_model)(sound.mean(axis=1).astype(np.float32), sample_rate_hz=16000)
    assert expected
    lines = [line.split()[1:] for line in outcome.out.splitlines()]
    assert [(float(line[0]), " ".join(line[3:])) for line in lines] == [
        (round(each.seconds, 2), each.word) for each in expected
    ]


def test_a_denoiser_is_refused(linnet: Command, model: Path, recording: Path) -> None:
    outcome = linnet("listen", recording, "--model", model)
    assert outcome.code == 2
    assert "is no recognizer of these; give a model of the task keywords" in outcome.err


@pytest.mark.parametrize("threshold", ["0", "1", "nan"])
def test_a_threshold_that_is_none_is_refused(
    linnet: Command, words_model: Path, recording: Path, threshold: str
) -> None:
    outcome = linnet("listen", recording, "--model", words_model, "--threshold", threshold)
    assert outcome.code == 2
    assert "tells everything or nothing" in outcome.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no recording came"),
        (("a.wav", "--microphone"), "only one is heard at a time"),
        (("a.wav", "--seconds", "3"), "are of a microphone only; add --microphone"),
        (("--microphone", "--seconds", "0"), "--seconds 0.0 hears nothing"),
    ],
)
def test_words_that_fit_nothing_are_refused(linnet: Command, words: tuple[str, ...], said: str) -> None:
    outcome = linnet("listen", *words)
    assert outcome.code == 2
    assert said in outcome.err


class Heard:
    """A microphone that hears a second of a tone, and then `ending`: it rests, or is gone."""

    def __init__(self, ending: str) -> None:
        self.sound = tone(1.0, 16000)[:, 0]
        self.is_gone = ending == "gone"

    def devices(self) -> list[Any]:
        return []

    def find_device(self, wanted: str | None, side: str, found: list[Any]) -> Any:
        assert (wanted, side) == ("desk", "input")
        return SimpleNamespace(name="desk microphone", sample_rate_hz=16000)

    def Settings(self, rate_hz: int, block: int) -> Any:
        return SimpleNamespace(sample_rate_hz=rate_hz, block_samples=block)

    @contextmanager
    def open_input(self, source: Any, settings: Any, callback: Any) -> Iterator[Any]:
        for first in range(0, len(self.sound), settings.block_samples):
            block = self.sound[first : first + settings.block_samples, np.newaxis]
            callback(block, len(block), None, SimpleNamespace(input_overflow=first == 0))
        yield SimpleNamespace(active=not self.is_gone)


def expected_of(words_model: Path, sound: np.ndarray) -> list[str]:
    found = Recognizer(words_model)(sound, sample_rate_hz=16000)
    return [f"{seconds:8.2f} s  {likelihood:.2f}  {word}" for word, seconds, likelihood in found]


def test_a_microphone_is_heard_like_a_file(
    linnet: Command, words_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Heard("rests")
    monkeypatch.setattr(listen, "portaudio", lambda: device)
    words = ("listen", "--microphone", "--input", "desk", "--seconds", "0.3", "--model", words_model)
    outcome = linnet(*words)
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines() == expected_of(words_model, device.sound)
    assert "listening to desk microphone" in outcome.err
    assert "1 times sound was lost" in outcome.err


@pytest.mark.parametrize("ending", ["gone", "silent"])
def test_a_microphone_that_stops_is_named_and_what_it_heard_is_told(
    linnet: Command, words_model: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    device = Heard(ending)
    monkeypatch.setattr(listen, "portaudio", lambda: device)
    monkeypatch.setattr(listen, "STALLED_SECONDS", 0.2)
    outcome = linnet("listen", "--microphone", "--input", "desk", "--model", words_model)
    assert outcome.code == 2
    assert "desk microphone stopped, perhaps unplugged" in outcome.err
    assert outcome.out.splitlines() == expected_of(words_model, device.sound)[: len(outcome.out.splitlines())]
    assert outcome.out


def test_ctrl_c_ends_a_microphone_and_tells_the_last_words(
    linnet: Command, words_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Heard("rests")
    monkeypatch.setattr(listen, "portaudio", lambda: device)
    blocks = Hearing.blocks

    def interrupted(self: Hearing, **limits: Any) -> Iterator[np.ndarray]:
        yield from blocks(self, **limits | {"seconds": 0.3})
        raise KeyboardInterrupt

    monkeypatch.setattr(Hearing, "blocks", interrupted)
    outcome = linnet("listen", "--microphone", "--input", "desk", "--model", words_model)
    assert outcome.code == 0
    assert outcome.out.splitlines() == expected_of(words_model, device.sound)
