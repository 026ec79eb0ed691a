"""`linnet listen` prints what a recognizer hears in files, and refuses what it cannot hear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from linnet.audio.files import write_audio
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
