"""Recordings followed through a model: heard and cleaned as by the denoiser, counted as by the interpreter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from linnet.audio.files import AudioError, write_audio
from linnet.audio.resample import resample
from linnet.ir import quantize_features, read_program, take_account
from linnet.life.following import account_of_clip, account_of_file, follow_file, total
from linnet.life.recordings import RecordingError
from linnet.runtime import Denoiser, Listener, Model
from tests.conftest import tone


@pytest.mark.parametrize("fixture", ["model", "phase_model"])
def test_what_comes_out_is_what_the_denoiser_cleans(
    fixture: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    model: Path = request.getfixturevalue(fixture)
    sound = tone(0.7, 16000, 2)
    write_audio(tmp_path / "a.wav", sound, 16000, encoding="FLOAT")
    passages = list(follow_file(read_program(model), Model(model), tmp_path / "a.wav"))
    cleaned = np.concatenate([passage.cleaned for passage in passages])
    np.testing.assert_array_equal(np.concatenate([passage.noisy for passage in passages]), sound)
    np.testing.assert_array_equal(cleaned, Denoiser(model)(sound, sample_rate_hz=16000))
    assert all(len(passage.courses) == 2 for passage in passages)


@pytest.mark.parametrize("rate_hz", [8000, 44100, 48000])
def test_other_rates_are_counted_at_the_rate_of_the_model(model: Path, tmp_path: Path, rate_hz: int) -> None:
    sound = tone(0.4, rate_hz)
    write_audio(tmp_path / "a.wav", sound, rate_hz, encoding="FLOAT")
    program, engine = read_program(model), Model(model)
    listener = Listener(engine)
    heard = [listener.push(resample(sound[:, 0], rate_hz, 16000)), listener.flush()]
    codes = quantize_features(program, np.concatenate([one.features for one in heard]))
    assert account_of_file(program, engine, tmp_path / "a.wav") == take_account(program, codes)


def test_every_channel_is_a_stream_of_its_own(model: Path, tmp_path: Path) -> None:
    program, engine, sound = read_program(model), Model(model), tone(0.3, 16000, 2)
    write_audio(tmp_path / "a.wav", sound, 16000, encoding="FLOAT")
    apart = total(account_of_clip(program, engine, sound[:, channel]) for channel in (0, 1))
    assert account_of_file(program, engine, tmp_path / "a.wav") == apart


def test_samples_that_are_no_numbers_count_as_silence(model: Path) -> None:
    program, engine = read_program(model), Model(model)
    broken = np.full(1600, np.nan, np.float32)
    assert account_of_clip(program, engine, broken) == account_of_clip(program, engine, np.zeros_like(broken))


def test_what_cannot_be_followed_is_refused(model: Path, tmp_path: Path) -> None:
    program, engine = read_program(model), Model(model)
    (tmp_path / "text.wav").write_text("no sound")
    write_audio(tmp_path / "low.wav", np.zeros(100, np.float32), 4000)
    for name, error in (("gone.wav", AudioError), ("text.wav", AudioError), ("low.wav", RecordingError)):
        with pytest.raises(error, match=name):
            account_of_file(program, engine, tmp_path / name)


@pytest.mark.parametrize("fixture", ["model", "phase_model"])
def test_digital_silence_costs_nothing_and_changes_nothing_behind_it(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(fixture)
    program, engine, sound = read_program(path), Model(path), tone(0.3, 16000)[:, 0]
    window, hop = program.metadata.front_end.window, program.metadata.front_end.hop
    short, long = (
        account_of_clip(program, engine, np.concatenate([sound, np.zeros(pause, np.float32), sound]))
        for pause in (2 * window, 2 * window + 100 * hop)
    )
    assert long.macs == short.macs
    assert long.active == short.active
    assert long.frames == short.frames + 100
