"""`linnet denoise` on folders: what is read, what it is called when clean, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from tests.apps.commands.test_denoise import refused
from tests.apps.conftest import Command
from tests.conftest import tone


def test_two_recordings_never_become_one_file(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    for suffix in (".ogg", ".mp3", ".flac"):
        soundfile.write(recording.with_suffix(suffix), tone(0.3, 16000), 16000)
    outcome = linnet("denoise", recording.parent, "-o", tmp_path / "out", "--model", model, "--plot")
    assert outcome.code == 0, outcome.err
    names = ["voice.flac", "voice.mp3.wav", "voice.ogg.wav", "voice.wav"]
    pictures = [f"{name}.png" for name in names]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names + pictures)
    other = tmp_path / "other" / "voice.wav"
    other.parent.mkdir()
    soundfile.write(other, tone(0.3, 16000), 16000)
    refused(
        linnet("denoise", recording, other, "-o", tmp_path / "both", "--model", model),
        "would both be written to",
        "voice.wav",
    )
    assert not (tmp_path / "both").exists()


def test_a_folder_is_read_as_far_as_it_can_be_and_the_rest_is_named(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    folder, sound = recording.parent, tone(0.3, 48000)
    for name, kind in (("a.opus", ("OGG", "OPUS")), ("b.aiff", ("AIFF", None)), ("c.caf", ("CAF", None))):
        soundfile.write(folder / name, sound, 48000, format=kind[0], subtype=kind[1])
    for name, kind in (("d.au", ("AU", None)), ("e.w64", ("W64", None))):
        soundfile.write(folder / name, sound, 48000, format=kind[0], subtype=kind[1])
    for name in ("f.m4a", "._voice.wav", ".voice.partial", "notes.txt"):
        (folder / name).write_bytes(b"\0" * 100)
    outcome = linnet("denoise", folder, "-o", tmp_path / "out", "--model", model)
    assert outcome.code == 0, outcome.err
    assert "f.m4a was passed over" in outcome.err
    assert "notes" not in outcome.err
    assert "._voice" not in outcome.err
    wanted = ["a.wav", "b.wav", "c.wav", "d.wav", "e.wav", "voice.wav"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == wanted
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "f.m4a").write_bytes(b"\0")
    for words in (
        ("denoise", tmp_path / "only", "-o", tmp_path / "x"),
        ("inspect", model, "--audio", tmp_path / "only"),
    ):
        refused(linnet(*words), "no audio that can be read", "f.m4a was passed over")


def test_a_file_on_the_scale_of_integers_is_cleaned_on_it_and_it_is_said(
    linnet: Command, model: Path, tmp_path: Path
) -> None:
    sound = tone(0.5, 16000)
    for name, scale in (("a.wav", 1), ("b.wav", 32768)):
        soundfile.write(tmp_path / name, sound * np.float32(scale), 16000, subtype="FLOAT")
        outcome = linnet("denoise", tmp_path / name, "-o", tmp_path / f"clean-{name}", "--model", model)
        assert outcome.code == 0, outcome.err
        assert ("full scale 32768" in outcome.err) == (scale > 1)
    one, other = (soundfile.read(tmp_path / f"clean-{name}.wav", dtype="float32")[0] for name in "ab")
    assert np.array_equal(one * np.float32(32768), other)
    outcome = linnet("inspect", model, "--audio", tmp_path / "b.wav")
    assert "full scale 32768" in outcome.err


def test_tags_are_those_of_the_recording(linnet: Command, model: Path, tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "a.flac", "w", 16000, 1) as file:
        file.title, file.artist = "A walk", "Someone"
        file.write(tone(0.3, 16000))
    for suffix in ("wav", "flac"):
        assert (
            linnet("denoise", tmp_path / "a.flac", "-o", tmp_path / f"b.{suffix}", "--model", model).code == 0
        )
        with soundfile.SoundFile(tmp_path / f"b.{suffix}") as file:
            assert (file.title, file.artist) == ("A walk", "Someone")
