"""Sound through pipes: what libsndfile reads from a file, byte by byte the same from a pipe, and every refusal."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from linnet.audio.formats import AudioError, AudioInfo
from linnet.audio.pipes import RAW_FORMATS, UNKNOWN_BYTES, PipeReader, PipeWriter, RawForm


class Trickle:
    """A pipe that brings a few bytes at a time, so that nothing begins or ends where a sample does."""

    def __init__(self, data: bytes, step: int = 7) -> None:
        self._file, self._step = io.BytesIO(data), step

    def read1(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._step))


class Forward(io.BytesIO):
    """A pipe to write to: nothing can be taken back."""

    def seekable(self) -> bool:
        return False


def sound(rng: np.random.Generator, samples: int = 300, channels: int = 2) -> np.ndarray:
    return rng.uniform(-1, 1, (samples, channels)).astype(np.float32)


def read(data: bytes, raw: RawForm | None = None) -> tuple[np.ndarray, PipeReader]:
    reader = PipeReader(Trickle(data), raw)
    return np.concatenate(list(reader.blocks())), reader


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_a_pipe_gives_what_a_file_gives(tmp_path: Path, subtype: str, container: str) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, sound(np.random.default_rng(1)), 44100, subtype=subtype, format=container)
    expected = soundfile.read(path, dtype="float32")[0]
    found, reader = read(path.read_bytes())
    assert np.array_equal(found, expected)
    assert (reader.info.sample_rate_hz, reader.info.channels, reader.samples) == (44100, 2, 300)
    assert reader.missing_samples == 0


@pytest.mark.parametrize("encoding", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("kind", [io.BytesIO, Forward])
def test_what_a_pipe_was_given_a_file_reads(tmp_path: Path, encoding: str, kind: type[io.BytesIO]) -> None:
    pipe, wanted = kind(), sound(np.random.default_rng(2), 301, 1)
    writer = PipeWriter(pipe, AudioInfo(8000, 1, 0, encoding))
    for part in np.array_split(wanted, 5):
        writer.write(part)
    writer.close()
    path = tmp_path / "a.wav"
    path.write_bytes(pipe.getvalue())
    found, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    assert (found.shape, rate_hz) == (wanted.shape, 8000)
    assert np.abs(found - wanted).max() <= (0 if encoding == "FLOAT" else 2.0**-15)
    length = struct.unpack("<I", pipe.getvalue()[40:44])[0]
    assert length == (
        UNKNOWN_BYTES if kind is Forward else 301 * {"PCM_16": 2, "PCM_24": 3, "FLOAT": 4}[encoding]
    )


@pytest.mark.parametrize("name", RAW_FORMATS)
def test_raw_samples_come_back_as_they_were(name: str) -> None:
    pipe, info = Forward(), AudioInfo(16000, 2, 0, "PCM_16")
    wanted = np.round(sound(np.random.default_rng(3)) * 2**14).astype(np.float32) / np.float32(2**14)
    writer = PipeWriter(pipe, info, raw_format=name)
    writer.write(wanted)
    writer.close()
    found, _ = read(pipe.getvalue(), RawForm(16000, 2, name))
    assert np.array_equal(found, np.clip(wanted, -1, found.max()))


def test_a_length_that_is_not_known_ends_with_the_pipe() -> None:
    pipe, wanted = Forward(), sound(np.random.default_rng(4))
    writer = PipeWriter(pipe, AudioInfo(16000, 2, 0, "FLOAT"))
    writer.write(wanted)
    for size in (UNKNOWN_BYTES, 0xFFFFFFFF, 0):
        data = bytearray(pipe.getvalue())
        data[40:44] = struct.pack("<I", size)
        found, reader = read(bytes(data))
        assert np.array_equal(found, wanted)
        assert reader.missing_samples == 0


def test_what_follows_the_sound_is_no_sound_and_what_is_missing_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, sound(np.random.default_rng(5)), 16000)
    data = path.read_bytes()
    assert len(read(data + b"LIST\x04\x00\x00\x00ISFT")[0]) == 300
    found, reader = read(data[:-41])
    assert (len(found), reader.missing_samples) == (289, 11)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "ended after 0 bytes of a WAV header"),
        (b"fLaC" + bytes(50), "is no WAV, and only WAV and raw samples"),
        (b"RIFF\x00\x00\x00\x00WAVEdata\x00\x00\x00\x00", "does not say how its samples are stored"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "ended after"),
        (b"RIFF\x00\x00\x00\x00WAVEjunk\xf0\xff\xff\xff", "header of more than 16 MiB"),
    ],
)
def test_what_is_no_sound_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        read(data)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ((1, 0, 16000, 0, 0, 16), "has 0 channels"),
        ((1, 1, 3, 0, 0, 16), "has 3 samples a second"),
        ((17, 1, 16000, 0, 0, 4), "kind 17 with 4 bits"),
        ((1, 1, 16000, 0, 0, 16), "holds no samples"),
    ],
)
def test_a_header_without_sound_is_refused(form: tuple[int, ...], words: str) -> None:
    head = b"RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + struct.pack("<HHIIHH", *form)
    with pytest.raises(AudioError, match=words):
        read(head + b"data\x00\x00\x00\x00")
