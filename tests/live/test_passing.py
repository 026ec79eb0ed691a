"""The callback, the recorder and the loopback, without a device."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from linnet.apps.desk.passing import print_summary
from linnet.audio.files import AudioError
from linnet.live.blocks import BlockDenoiser, Controls
from linnet.live.hearing import Hearing
from linnet.live.loopback import Loopback
from linnet.live.lost import LostSound
from linnet.live.passing import SILENCE_DB, Counts, Passing, level_db
from linnet.live.recorder import Recorder
from linnet.runtime import Denoiser
from tests.conftest import tone

FINE = SimpleNamespace(input_overflow=False, output_underflow=False)
LATE = SimpleNamespace(input_overflow=True, output_underflow=True)


def live() -> BlockDenoiser:
    return BlockDenoiser(Denoiser.from_pretrained("denoise-sparse-small"), 16000, Controls())


def push(passing: Passing, block: np.ndarray, status: object = FINE) -> np.ndarray:
    out = np.full((len(block), 2), 9, np.float32)
    passing(block[:, np.newaxis], out, len(block), None, status)
    assert np.array_equal(out[:, 0], out[:, 1])
    return out[:, 0]


def test_both_sides_are_recorded_as_they_passed(tmp_path: Path) -> None:
    sound = tone(0.5, 16000)[:, 0]
    files = tmp_path / "before.wav", tmp_path / "after.flac"
    with Recorder(*files, 16000) as recorder:
        passing = Passing(live(), 16000, recorder.take)
        played = np.concatenate([push(passing, block) for block in np.split(sound, 50)])
        assert not files[0].exists()  # they appear whole
    before, after = (soundfile.read(path, dtype="float32")[0] for path in files)
    assert np.array_equal(before, sound)
    assert np.abs(after - played).max() <= 2**-23  # FLAC holds 24 bits
    assert passing.counts.blocks == 50
    assert passing.counts.samples == len(sound)
    assert 0 < passing.counts.mean_load <= passing.counts.highest_load


def test_an_error_leaves_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "before.wav"
    with pytest.raises(RuntimeError), Recorder(path, None, 16000):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_refused_before_sound_comes(tmp_path: Path) -> None:
    with pytest.raises(AudioError):
        Recorder(tmp_path / "good.wav", tmp_path / "nowhere" / "after.wav", 16000)
    assert list(tmp_path.iterdir()) == []


def test_underruns_are_counted() -> None:
    passing = Passing(live(), 16000)
    push(passing, np.zeros(160, np.float32), LATE)
    push(passing, np.zeros(160, np.float32))
    assert (passing.counts.input_overflows, passing.counts.output_underflows) == (1, 1)


def lost_at(seconds: list[float]) -> LostSound:
    """Blocks of 10 ms that come at these times."""
    times = iter(seconds)
    lost = LostSound(16000, lambda: next(times))
    for _ in seconds:
        lost.take(160)
    return lost


def test_sound_that_never_comes_is_missed_and_late_sound_is_not() -> None:
    in_time = [0.01 * n for n in range(300)]
    late = [s + (0.3 if 120 <= n < 140 else 0.004 * (n % 3)) for n, s in enumerate(in_time)]
    assert lost_at(late).seconds == pytest.approx(0, abs=1e-9)
    dropped = lost_at([s + (0.25 if n >= 150 else 0.0) for n, s in enumerate(late)])
    assert dropped.seconds == pytest.approx(0.25)
    assert dropped.is_certain


def test_a_slow_clock_is_no_lost_sound() -> None:
    assert not lost_at([0.01 * 1.0002 * n for n in range(20_000)]).is_certain


def test_lost_sound_is_told_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    settings = SimpleNamespace(sample_rate_hz=16000, block_samples=160)
    in_time = [0.01 * n for n in range(300)]
    for missing in (0.0, 0.5):
        lost = lost_at([s + missing * (n > 150) for n, s in enumerate(in_time)])
        print_summary(Counts(blocks=300, samples=48_000), lost, settings, [])
        assert ("lost: 0.50 s less sound came in" in capsys.readouterr().out) == bool(missing)


def test_what_came_is_counted_by_either_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    passing, hearing = Passing(live(), 16000), Hearing(16000)
    for lost in (passing.lost, hearing.lost):
        monkeypatch.setattr(lost, "_clock", iter(np.arange(200) * 0.02).__next__)
    for _ in range(200):
        push(passing, np.zeros(160, np.float32))
        hearing(np.zeros((160, 1), np.float32), 160, None, FINE)
    assert passing.lost.seconds == hearing.lost.seconds == pytest.approx(1.0)


def test_an_error_in_the_callback_is_kept_and_silence_played() -> None:
    def fail(before: np.ndarray, after: np.ndarray) -> None:
        raise RuntimeError("of the listener")

    passing = Passing(live(), 16000, fail)
    for _ in range(2):
        assert not push(passing, np.ones(160, np.float32)).any()
    assert isinstance(passing.error, RuntimeError)


def test_levels_are_in_db_of_full_scale() -> None:
    assert level_db(np.zeros(10, np.float32)) == level_db(np.zeros(0, np.float32)) == SILENCE_DB
    assert level_db(np.full(10, 0.1, np.float32)) == pytest.approx(-20, abs=1e-4)


def loop(delay: int, gain: float) -> float | None:
    """What the loopback finds where the output comes in again `delay` samples later."""
    loopback, rng = Loopback(16000), np.random.default_rng(2)
    line = np.zeros(delay, np.float32)
    while not loopback.is_done:
        noise = rng.normal(0, 0.01, 160).astype(np.float32)
        heard, out = gain * line[:160] + noise, np.zeros((160, 1), np.float32)
        loopback(heard[:, np.newaxis], out, 160, None, FINE)
        line = np.concatenate((line[160:], out[:, 0]))
    return loopback.round_trip_seconds()


def test_the_round_trip_is_measured_to_the_sample() -> None:
    assert loop(1234, 0.5) == 1234 / 16000
    assert loop(160, -0.2) == 160 / 16000  # an inverted cable


def test_a_burst_that_is_not_heard_gives_no_latency() -> None:
    assert loop(1234, 0.0) is None
