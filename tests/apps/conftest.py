"""What the tests of the command line share: a model file, some recordings, and a way to run a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from linnet.apps.cli import main
from linnet.audio.files import write_audio
from linnet.audio.synthetic import speech_like
from linnet.ir import write_program
from tests.ir.programs import random_program


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid model file whose gains mean nothing: for everything but the quality of the sound."""
    path = tmp_path_factory.mktemp("model") / "random.gguf"
    write_program(random_program(3), path)
    return path


@pytest.fixture(scope="session")
def phase_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another, whose 40 lowest bins have phase and whose other features are of bands."""
    path = tmp_path_factory.mktemp("model") / "phase.gguf"
    write_program(random_program(4, phase_bins=40, band_ratio=16), path)
    return path


@pytest.fixture
def linnet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command line in this process; tyro's own refusals count like ours."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str | Path) -> Outcome:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Outcome(code, captured.out, captured.err)

    return run


def tone(seconds: float, rate_hz: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Speech-like sound, [samples, channels] float32, a voice per channel, mostly below 3 kHz."""
    rng = np.random.default_rng(seed)
    return np.stack([speech_like(rng, round(seconds * rate_hz), rate_hz) for _ in range(channels)], axis=1)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Half a second of speech-like sound at 16 kHz."""
    path = tmp_path / "in" / "voice.wav"
    path.parent.mkdir()
    write_audio(path, tone(0.5, 16000), 16000)
    return path
