"""`linnet export c`: what it writes, what it says, what it refuses."""

from __future__ import annotations

from pathlib import Path

from tests.apps.conftest import Command


def test_two_files_are_written_and_named_after_the_file(linnet: Command, model: Path, tmp_path: Path) -> None:
    outcome = linnet("export", "c", model, "-o", tmp_path / "cleaner.c")
    assert outcome.code == 0, outcome.err
    assert "void cleaner_denoise(cleaner *state" in (tmp_path / "cleaner.h").read_text("utf-8")
    assert '#include "cleaner.h"' in (tmp_path / "cleaner.c").read_text("utf-8")
    assert "of constants for flash" in outcome.out
    assert "elements_words.c" in outcome.out


def test_a_single_file_holds_the_engine(linnet: Command, model: Path, tmp_path: Path) -> None:
    assert linnet("export", "c", model, "-o", tmp_path / "one.c", "--single-file").code == 0
    assert "void one_ln_flash_multiply_dense(" in (tmp_path / "one.c").read_text("utf-8")


def test_a_layout_can_be_asked_for(linnet: Command, model: Path, tmp_path: Path) -> None:
    for layout in ("dense", "rows", "columns"):
        outcome = linnet("export", "c", model, "-o", tmp_path / f"{layout}.c", "--layout", layout)
        assert outcome.code == 0
        assert f"by {layout}." in outcome.out


def test_files_that_exist_are_kept_unless_told(linnet: Command, model: Path, tmp_path: Path) -> None:
    (tmp_path / "model.h").write_text("mine", "utf-8")
    refused = linnet("export", "c", model, "-o", tmp_path / "model.c")
    assert refused.code == 2
    assert "would be lost" in refused.err
    assert not (tmp_path / "model.c").exists()
    assert linnet("export", "c", model, "-o", tmp_path / "model.c", "--overwrite").code == 0
    assert (tmp_path / "model.h").read_text("utf-8") != "mine"


def test_what_cannot_be_is_refused_with_its_reason(linnet: Command, model: Path, tmp_path: Path) -> None:
    for words, reason in (
        ((model, "-o", tmp_path / "model.h"), "does not end in .c"),
        ((model, "-o", tmp_path / "my-model.c"), "no name in C"),
        ((model, "-o", tmp_path / "nowhere" / "model.c"), "does not exist"),
        ((model, "-o", tmp_path / "model.c", "--layout", "diagonal"), "is not a layout of matrices"),
        (("nothing", "-o", tmp_path / "model.c"), "neither a file nor the name of a model"),
    ):
        outcome = linnet("export", "c", *words)
        assert outcome.code == 2
        assert reason in outcome.err
        assert not (tmp_path / "model.c").exists()
