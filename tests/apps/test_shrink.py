"""`linnet shrink` refuses what it would not make smaller or would lose; what it makes is in end_to_end/."""

from __future__ import annotations

from pathlib import Path

from tests.apps.conftest import Command


def test_a_file_in_the_way_a_missing_folder_and_another_ending_are_refused(
    linnet: Command, model: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there.gguf"
    there.write_bytes(b"mine")
    for out, data, reason in (
        (there, tmp_path, "already exists"),
        (tmp_path / "b.gguf", tmp_path / "absent", "is not a folder"),
        (tmp_path / "b.bin", tmp_path, "does not end in .gguf"),
    ):
        outcome = linnet("shrink", model, "--data", data, "-o", out)
        assert (outcome.code, reason in outcome.err) == (2, True), outcome.err
    assert there.read_bytes() == b"mine"
    assert not (tmp_path / "b.gguf").exists()
