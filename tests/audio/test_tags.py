"""What a recording says of itself is in the file that is written from it."""

import struct

import numpy as np
import pytest
import soundfile

from linnet.audio.files import AudioReader, AudioWriter
from linnet.audio.tags import NO_TAGS, Tags, _cues_of, tags_of

TEXTS = {
    "title": "A title",
    "artist": "Ä. Singer",
    "comment": "two\nlines",
    "date": "2026",
    "tracknumber": "7",
}


def copy(source, target) -> Tags:
    with AudioReader(source) as reader, AudioWriter(target, reader.info) as writer:
        for block in reader.blocks():
            writer.write(block)
    with AudioReader(target) as reader:
        return reader.info.tags


def with_chunk(path, name: bytes, content: bytes) -> None:
    """Append a chunk to a WAV file."""
    data = path.read_bytes() + name + struct.pack("<I", len(content)) + content
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize("source", ["a.wav", "a.flac", "a.ogg"])
def test_texts_are_kept(tmp_path, source, suffix):
    with soundfile.SoundFile(tmp_path / source, "w", 16000, 1) as file:
        for name, text in TEXTS.items():
            setattr(file, name, text)
        file.write(np.zeros(1000))
    with AudioReader(tmp_path / source) as reader:
        before = reader.info.tags
    assert dict(before.texts).items() <= TEXTS.items()
    assert len(before.texts) >= 4
    kept = dict(copy(tmp_path / source, tmp_path / f"b{suffix}").texts)
    assert kept == dict(before.texts)


def test_a_file_without_tags_has_none(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(1000), 16000)
    assert copy(tmp_path / "a.wav", tmp_path / "b.wav") == NO_TAGS


def test_the_broadcast_extension_is_kept(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(1000), 16000)
    history = b"A=PCM,F=48000,W=16,M=mono,T=field\r\n"
    head = struct.pack(
        "<256s32s32s10s8sIIH64s", b"A scene", b"Someone", b"REF", b"2026-11-28", b"12:00:00", 99, 0, 1, b""
    )
    with_chunk(tmp_path / "a.wav", b"bext", head + bytes(190) + history + bytes(len(history) % 2))
    tags = copy(tmp_path / "a.wav", tmp_path / "b.wav")
    assert tags.broadcast.startswith(b"A scene\0")
    assert history in tags.broadcast
    before = tags_of(soundfile.SoundFile(tmp_path / "a.wav")).broadcast
    assert tags.broadcast[:348] == before[:348]  # then the version, of which libsndfile writes 2
    assert b"A scene" in (tmp_path / "b.wav").read_bytes()


def test_cue_points_are_kept(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(1000), 16000)
    points = [(1, 10, b"data", 0, 0, 10), (2, 700, b"data", 0, 0, 700)]
    with_chunk(
        tmp_path / "a.wav",
        b"cue ",
        struct.pack("<I", 2) + b"".join(struct.pack("<II4sIII", *p) for p in points),
    )
    tags = copy(tmp_path / "a.wav", tmp_path / "b.wav")
    assert struct.unpack("<I", tags.cues[:4]) == (2,)
    assert tags.cues == _cues_of(soundfile.SoundFile(tmp_path / "a.wav"))
    assert struct.unpack("<I", tags.cues[284 + 20 : 284 + 24]) == (700,)
