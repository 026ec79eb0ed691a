"""Files keep their samples; what cannot be read or written is refused in words, and never half written."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.audio.files import (
    AudioError,
    AudioInfo,
    AudioReader,
    AudioWriter,
    audio_info,
    read_audio,
    write_audio,
)


def noise(samples: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.9, 0.9, (samples, channels)).astype(np.float32)


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize(("encoding", "bits"), [("PCM_16", 16), ("PCM_24", 24)])
def test_integer_samples_pass_through_unchanged(tmp_path, suffix, encoding, bits):
    largest = 2 ** (bits - 1)
    codes = np.random.default_rng(1).integers(-largest, largest, 5000)
    codes[:3] = -largest, largest - 1, 0
    write_audio(
        tmp_path / f"a{suffix}", (codes / largest).astype(np.float32).copy(), 16000, encoding=encoding
    )
    audio, rate_hz = read_audio(tmp_path / f"a{suffix}")
    assert rate_hz == 16000
    assert np.array_equal(np.rint(audio[:, 0].astype(np.float64) * largest), codes)
    assert audio_info(tmp_path / f"a{suffix}").encoding == encoding


def test_float_samples_pass_through_unchanged_and_beyond_full_scale(tmp_path):
    audio = 3 * noise(1000, 2)
    write_audio(tmp_path / "a.wav", audio, 44100, encoding="FLOAT")
    again, rate_hz = read_audio(tmp_path / "a.wav")
    assert rate_hz == 44100
    assert np.array_equal(again, audio)


def test_integers_are_clipped_not_wrapped(tmp_path):
    write_audio(tmp_path / "a.wav", np.array([2.0, -2.0, 0.5], np.float32), 8000)
    assert read_audio(tmp_path / "a.wav")[0][:, 0].tolist() == [32767 / 32768, -1.0, 0.5]


@settings(max_examples=15, deadline=None)
@given(block=st.integers(1, 3000), samples=st.integers(1, 5000), channels=st.integers(1, 3))
def test_blocks_make_up_the_whole(tmp_path_factory, block, samples, channels):
    path = tmp_path_factory.mktemp("blocks") / "a.flac"
    audio = noise(samples, channels)
    info = AudioInfo(16000, channels, 0, "PCM_24")
    with AudioWriter(path, info) as writer:
        for start in range(0, samples, 700):
            writer.write(audio[start : start + 700])
    with AudioReader(path) as reader:
        parts = list(reader.blocks(block))
        assert (reader.info.samples, reader.info.channels) == (samples, channels)
    assert all(len(part) <= block for part in parts)
    assert np.array_equal(np.concatenate(parts), read_audio(path)[0])


@pytest.mark.parametrize("suffix", [".ogg", ".mp3"])
def test_compressed_files_are_read(tmp_path, suffix):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    soundfile.write(tmp_path / f"a{suffix}", tone, 16000)
    audio, rate_hz = read_audio(tmp_path / f"a{suffix}")
    assert rate_hz == 16000
    assert np.abs(audio[2000:14000, 0]).max() == pytest.approx(0.5, abs=0.05)
    assert audio_info(tmp_path / f"a{suffix}").encoding == "PCM_16"


def test_a_float_recording_becomes_24_bit_in_flac(tmp_path):
    write_audio(tmp_path / "a.flac", noise(100), 16000, encoding="FLOAT")
    assert audio_info(tmp_path / "a.flac").encoding == "PCM_24"


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(AudioError, match="does not exist"):
        read_audio(tmp_path / "none.wav")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "a.wav").touch()
    with pytest.raises(AudioError, match="0 bytes"):
        read_audio(tmp_path / "a.wav")


def test_a_file_without_samples_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16000)
    with pytest.raises(AudioError, match="no samples"):
        read_audio(tmp_path / "a.wav")


def test_text_called_wav_is_refused(tmp_path):
    (tmp_path / "a.wav").write_text("this is no sound\n" * 10)
    with pytest.raises(AudioError, match="cannot be read as audio"):
        read_audio(tmp_path / "a.wav")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(AudioError, match="is a folder"):
        AudioReader(tmp_path)


def test_samples_that_are_not_numbers_are_refused_or_passed_on_in_blocks(tmp_path):
    audio = noise(100)
    audio[7] = np.nan
    soundfile.write(tmp_path / "a.wav", audio, 16000, subtype="FLOAT")
    with pytest.raises(AudioError, match="1 samples that are not finite"):
        read_audio(tmp_path / "a.wav")
    with AudioReader(tmp_path / "a.wav") as reader:
        assert np.isnan(reader.read()[7, 0])


@pytest.mark.parametrize("name", ["a.mp3", "a", "missing/a.wav"])
def test_a_target_that_cannot_be_is_refused_beforehand(tmp_path, name):
    with pytest.raises(AudioError):
        AudioWriter(tmp_path / name, AudioInfo(16000, 1, 0, "PCM_16"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_closed_to_writing_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(AudioError, match="cannot be written"):
        write_audio(tmp_path / "a.wav", noise(10), 16000)


def test_a_device_is_never_replaced():
    with pytest.raises(AudioError, match=r"written here|regular file"):
        write_audio("/dev/null", noise(10), 16000)


def write_in_two_blocks(path, first, second):
    with AudioWriter(path, AudioInfo(16000, 1, 0, "PCM_16")) as writer:
        writer.write(first)
        writer.write(second)


@pytest.mark.parametrize("broken", [np.full(5, np.nan, np.float32), np.zeros((5, 2), np.float32)])
def test_an_error_while_writing_leaves_the_older_file_and_nothing_else(tmp_path, broken):
    write_audio(tmp_path / "a.wav", np.full(4, 0.5, np.float32), 16000)
    with pytest.raises(AudioError):
        write_in_two_blocks(tmp_path / "a.wav", noise(100), broken)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    assert read_audio(tmp_path / "a.wav")[0].tolist() == [[0.5]] * 4


def test_a_link_is_written_through(tmp_path):
    write_audio(tmp_path / "real.wav", np.zeros(4, np.float32), 16000)
    (tmp_path / "link.wav").symlink_to(tmp_path / "real.wav")
    write_audio(tmp_path / "link.wav", np.full(4, 0.5, np.float32), 16000)
    assert (tmp_path / "link.wav").is_symlink()
    assert read_audio(tmp_path / "real.wav")[0][0, 0] == 0.5


def test_a_wav_beyond_four_gigabytes_is_written_as_rf64(tmp_path):
    with AudioWriter(tmp_path / "a.wav", AudioInfo(16000, 1, 3 * 2**30, "PCM_16")) as writer:
        writer.write(noise(10))
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RF64"
    assert read_audio(tmp_path / "a.wav")[0].shape == (10, 1)


def test_a_writer_stopped_while_it_opens_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("linnet.audio.files.soundfile.SoundFile", stopped)
    with pytest.raises(KeyboardInterrupt):
        AudioWriter(tmp_path / "out.wav", AudioInfo(16000, 1, 0, "PCM_16"))
    assert not list(tmp_path.iterdir())


def test_a_writer_that_is_dropped_before_its_statement_leaves_no_file(tmp_path: Path) -> None:
    writer = AudioWriter(tmp_path / "out.wav", AudioInfo(16000, 1, 0, "PCM_16"))
    assert list(tmp_path.iterdir())
    del writer
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("rate_hz", [1, 999, 768_001, 2**31 - 1, 2**32 - 1])
def test_a_rate_that_no_sound_has_is_refused(tmp_path: Path, rate_hz: int) -> None:
    """A header is a claim: a file of 244 bytes took a gigabyte."""
    write_audio(tmp_path / "a.wav", noise(100), 16000)
    data = bytearray((tmp_path / "a.wav").read_bytes())
    data[24:28] = rate_hz.to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(AudioError, match=r"says that it has -?\d+ samples a second|cannot be read as audio"):
        AudioReader(tmp_path / "a.wav")


def test_the_length_that_a_file_claims_asks_for_no_memory(tmp_path: Path) -> None:
    write_audio(tmp_path / "a.flac", noise(5000), 16000)
    data = bytearray((tmp_path / "a.flac").read_bytes())
    data[21] |= 0x0F  # STREAMINFO: 36 bits of length
    data[22:26] = b"\xff" * 4
    (tmp_path / "a.flac").write_bytes(data)
    with AudioReader(tmp_path / "a.flac") as reader:
        assert reader.info.samples > 2**35
        resource = pytest.importorskip("resource")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            read = len(reader.read())
        except AudioError:
            read = 5000
        assert read == 5000
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_flac_is_refused_where_it_cannot_hold_the_rate_or_the_channels(tmp_path: Path) -> None:
    for rate_hz in (88201, 655360):
        with pytest.raises(AudioError, match=r"and FLAC holds up to 65535.*ending in \.wav"):
            write_audio(tmp_path / "a.flac", noise(100), rate_hz)
    with pytest.raises(AudioError, match="9 channels, and FLAC holds up to 8"):
        write_audio(tmp_path / "a.flac", noise(100, 9), 16000)
    write_audio(tmp_path / "a.flac", noise(100, 8), 96000)
    with pytest.raises(AudioError, match=r"100 channels|16000 channels.*transposed"):
        write_audio(tmp_path / "a.wav", noise(2, 16000), 16000)


def test_the_same_floats_are_the_same_bytes_at_another_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libsndfile's PEAK chunk holds the time."""
    for name in ("a.wav", "b.wav"):
        write_audio(tmp_path / name, noise(100), 16000, encoding="FLOAT")
    data = (tmp_path / "a.wav").read_bytes()
    assert data == (tmp_path / "b.wav").read_bytes()
    assert b"PEAK" not in data
