"""`linnet live` from the command line, with devices that play a clip: recordings, levels, refusals, a clean end."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from linnet.apps.commands import live
from linnet.live.blocks import Controls
from linnet.runtime import Denoiser
from tests.apps.conftest import Command
from tests.conftest import tone

MODEL = "denoise-sparse-small"
FINE = SimpleNamespace(input_overflow=False, output_underflow=False)
SOUND = tone(0.5, 16000)[:, 0]


class Played:
    """Devices of which the microphone hears SOUND and then `ending`."""

    def __init__(self, ending: str) -> None:
        self.ending = ending
        self.is_open = False

    def devices(self) -> list[Any]:
        return []

    def find_device(self, wanted: str | None, side: str, found: list[Any]) -> Any:
        return SimpleNamespace(name=f"the {side}", sample_rate_hz=16000)

    def Settings(self, rate_hz: int, block: int) -> Any:
        return SimpleNamespace(sample_rate_hz=rate_hz, block_samples=block)

    @contextmanager
    def open_stream(self, source: Any, target: Any, settings: Any, callback: Any) -> Iterator[Any]:
        self.is_open = True
        stream = SimpleNamespace(active=True, latency=(0.01, 0.02))

        def play() -> None:
            for block in np.split(SOUND, len(SOUND) // settings.block_samples):
                callback(block[:, np.newaxis], np.zeros((len(block), 1), np.float32), len(block), None, FINE)
            stream.active = self.ending != "unplugged"

        thread = threading.Thread(target=play)
        thread.start()
        thread.join()
        yield stream


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    devices = Played("rest")
    monkeypatch.setattr(live, "portaudio", lambda: devices)
    return devices


def interrupt(*_: object) -> str:
    raise KeyboardInterrupt


def recorded(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    files = (folder / "before.wav", folder / "after.wav")
    before, after = (soundfile.read(path, dtype="float32")[0] for path in files)
    return before, after


def record(linnet: Command, folder: Path, *more: str) -> Any:
    files = ("--record-before", folder / "before.wav", "--record-after", folder / "after.wav")
    return linnet("live", "--model", MODEL, *files, *more)


def expected() -> np.ndarray:
    return Denoiser.from_pretrained(MODEL)(SOUND, sample_rate_hz=16000)[: len(SOUND) - 512]


def test_both_sides_are_recorded_and_the_latency_is_stated(
    linnet: Command, played: Played, tmp_path: Path
) -> None:
    done = record(linnet, tmp_path, "--seconds", "0.1")
    assert done.code == 0
    before, after = recorded(tmp_path)
    assert np.array_equal(before, SOUND)
    assert np.array_equal(after[512:], expected())
    assert "denoiser 32.0 ms, devices 30.0 ms" in done.err
    assert "0.5 s passed in 50 blocks of 10 ms" in done.out
    assert "underruns: 0 of the output" in done.out


def test_ctrl_c_is_a_clean_end(
    linnet: Command, played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linnet.apps.desk.keys.Keys.next", interrupt)
    done = record(linnet, tmp_path)
    assert done.code == 0
    assert np.array_equal(recorded(tmp_path)[1][512:], expected())


def test_an_unplugged_device_is_named_and_recordings_are_kept(
    linnet: Command, played: Played, tmp_path: Path
) -> None:
    played.ending = "unplugged"
    done = record(linnet, tmp_path)
    assert done.code == 2
    assert "the input or the output stopped, perhaps unplugged" in done.err
    assert np.array_equal(recorded(tmp_path)[0], SOUND)


def test_devices_that_fall_silent_end_it(
    linnet: Command, played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STALLED_SECONDS", 0.3)
    began = time.monotonic()
    assert record(linnet, tmp_path).code == 2
    assert time.monotonic() - began < 30
    assert np.array_equal(recorded(tmp_path)[0], SOUND)


def test_a_full_disk_ends_it_at_once(
    linnet: Command, played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("linnet.audio.writing.codes_of", full)
    monkeypatch.setattr(live, "STALLED_SECONDS", 60.0)
    began = time.monotonic()
    done = record(linnet, tmp_path, "--seconds", "60")
    assert time.monotonic() - began < 30
    assert done.code == 2
    assert "before.wav cannot be written (disk full)" in done.err
    assert list(tmp_path.iterdir()) == []


def test_one_file_for_both_sides_is_refused(linnet: Command, played: Played, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    same = ("--record-before", tmp_path / "a.wav", "--record-after", tmp_path / "folder/../a.wav")
    refused = linnet("live", "--model", MODEL, *same, "--seconds", "0.1")
    assert refused.code == 2
    assert "so one would replace the other" in refused.err
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


@pytest.mark.long
def test_a_measurement_that_is_never_done_ends(
    linnet: Command, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STALLED_SECONDS", 0.1)
    monkeypatch.setattr("linnet.live.loopback.WAIT_SECONDS", 0.5)
    refused = linnet("live", "--model", MODEL, "--measure-latency")  # the devices play 0.5 of 1.1 s, and stop
    assert refused.code == 2
    assert "nothing was measured" in refused.err


def test_a_model_that_does_not_exist_is_refused_before_the_burst(linnet: Command, played: Played) -> None:
    refused = linnet("live", "--model", "nothing", "--measure-latency")
    assert refused.code == 2
    assert "nothing was measured" not in refused.err
    assert not played.is_open


def test_keys_switch_and_turn() -> None:
    controls = Controls()
    for key in ("-", "-", "+", "b", "", "x"):
        live.obey(key, controls)
    assert (controls.strength, controls.is_bypassed) == (0.9, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--strength", "101"], "--strength 101 is out of range; give 0 to 100"),
        (["--block-ms", "0"], "--block-ms 0 is out of range"),
        (["--sample-rate-hz", "4000"], "--sample-rate-hz 4000 is out of range"),
        (["--max-attenuation-db", "-3"], "--max-attenuation-db -3 is out of range"),
    ],
)
def test_options_out_of_range_are_refused(
    linnet: Command, played: Played, words: list[str], said: str
) -> None:
    refused = linnet("live", *words)
    assert refused.code == 2
    assert said in refused.err


def test_a_recording_that_exists_is_left_as_it_is(linnet: Command, played: Played, tmp_path: Path) -> None:
    (tmp_path / "before.wav").write_text("precious")
    refused = record(linnet, tmp_path)
    assert refused.code == 2
    assert "add --overwrite" in refused.err
    assert (tmp_path / "before.wav").read_text() == "precious"
