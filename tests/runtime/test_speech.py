"""Speech activity: whole and in pieces the same, high in speech and low without; and its quality on clips."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from linnet.apps.cli import main
from linnet.runtime import Denoiser, SpeechMeter
from linnet.runtime.samples import LoudSoundWarning
from tests.conftest import tone
from tests.source_tree import ROOT

EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize(("rate_hz", "channels"), [(16000, 1), (22050, 2), (12345, 1)])
def test_a_stream_gives_the_activity_of_the_whole(denoiser: Denoiser, rate_hz: int, channels: int) -> None:
    sound = tone(1.3, rate_hz, channels)
    wanted = denoiser.speech(sound, sample_rate_hz=rate_hz).reshape(-1, channels)
    stream = denoiser.stream(sample_rate_hz=rate_hz, channels=channels)
    meter = SpeechMeter(rate_hz, channels=channels, delay_samples=stream.delay_samples)
    parts = []
    for block in np.array_split(sound, 37):
        parts.append(meter.push(block, stream.push(block)))
    parts.append(meter.push(sound[:0], stream.flush()))
    found = np.concatenate([part.reshape(-1, channels) for part in parts])
    assert np.array_equal(found, wanted)
    assert len(found) == len(sound) // round(0.016 * rate_hz)


def test_int16_gives_the_activity_of_floats_and_silence_none(denoiser: Denoiser) -> None:
    codes = (tone(0.5, 16000)[:, 0] * 2**14).astype(np.int16)
    floats = codes.astype(np.float32) / 2**15
    wanted = denoiser.speech(floats, sample_rate_hz=16000)
    assert np.array_equal(denoiser.speech(codes, sample_rate_hz=16000), wanted)
    assert 0 <= wanted.min() <= wanted.max() <= 1


def test_a_meter_takes_the_kinds_of_sound_that_a_stream_takes(denoiser: Denoiser) -> None:
    codes = (tone(0.5, 16000)[:, 0] * 2**14).astype(np.int16)
    wanted = denoiser.speech(codes, sample_rate_hz=16000)
    assert np.array_equal(denoiser.speech(codes.astype("<i2").tobytes(), sample_rate_hz=16000), wanted)
    floats, clean = codes.astype(np.float32), denoiser(codes.astype(np.float32) / 2**15, sample_rate_hz=16000)
    meter = SpeechMeter(16000, full_scale=2**15)
    assert np.array_equal(meter.push(floats, clean * np.float32(2**15)), wanted)
    with pytest.warns(LoudSoundWarning, match="name full_scale=32768"):
        SpeechMeter(16000).push(floats, clean)
    both = np.stack([codes, codes], axis=1).astype("<i2")
    heard = SpeechMeter(16000, channels=2).push(both.tobytes(), both.tobytes())
    assert np.array_equal(heard, SpeechMeter(16000, channels=2).push(both, both))


@pytest.mark.parametrize(("channels", "shape"), [(2, (1000,)), (1, (1000, 2)), (2, (2, 1000)), (2, (500, 4))])
def test_a_meter_takes_no_sound_of_other_channels(channels: int, shape: tuple[int, ...]) -> None:
    sound = np.zeros(shape, np.float32)
    with pytest.raises(ValueError, match=rf"came, but this meter has {channels} channel"):
        SpeechMeter(16000, channels=channels).push(sound, sound)


@pytest.mark.parametrize("delay", [-1, 1.5, "3", None])
def test_a_delay_that_is_none_is_refused(delay: Any) -> None:
    with pytest.raises(ValueError, match="came, but the clean sound lags"):
        SpeechMeter(16000, delay_samples=delay)


def activity_and_truth(path: Path) -> tuple[np.ndarray, np.ndarray]:
    noisy, rate_hz = soundfile.read(path, dtype="float32")
    clean, _ = soundfile.read(EXAMPLES / "clean" / path.name, dtype="float32")
    activity = Denoiser.from_pretrained().speech(noisy, sample_rate_hz=rate_hz)
    energy = np.square(clean[: len(activity) * 256].reshape(-1, 256)).mean(axis=1)
    return activity, energy > 1e-3 * energy.mean()


@pytest.mark.parametrize("name", ["fan.wav", "keyboard.wav", "wind.wav"])
def test_speech_is_told_from_pauses_on_the_example_clips(name: str) -> None:
    activity, speaks = activity_and_truth(EXAMPLES / "noisy" / name)
    order = np.sort(activity[~speaks])
    area = np.searchsorted(order, activity[speaks]).mean() / len(order)  # under the ROC
    assert area > 0.8


def test_noise_alone_is_no_speech(rng: np.random.Generator) -> None:
    noise = rng.normal(0, 0.05, 32000).astype(np.float32)
    assert Denoiser.from_pretrained().speech(noise, sample_rate_hz=16000)[30:].mean() < 0.5
    assert Denoiser.from_pretrained().speech(0 * noise, sample_rate_hz=16000).shape == (125,)


def test_a_table_of_activity_is_written_beside_the_cleaned_file(tmp_path: Path) -> None:
    out, report = tmp_path / "fan.wav", tmp_path / "report.json"
    words = [
        "denoise",
        str(EXAMPLES / "noisy" / "fan.wav"),
        "-o",
        str(out),
        "--speech",
        "--json",
        str(report),
    ]
    assert main(words) == 0
    table = np.loadtxt(tmp_path / "fan.speech.csv", delimiter=",", skiprows=1)
    activity, _ = activity_and_truth(EXAMPLES / "noisy" / "fan.wav")
    assert np.abs(table[:, 1] - activity).max() <= 0.0005001
    assert np.abs(np.diff(table[:, 0]) - 0.016).max() < 1e-6
    share = json.loads(report.read_text())["recordings"][0]["speech_share"]
    assert share == pytest.approx((activity >= 0.5).mean())
