"""`linnet rename` changes name and licence and nothing else; a file that another tool rewrote is called just that."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from linnet.ir import ArtifactError, program_to_bytes, read_program
from linnet.runtime import Model, ModelError
from tests.apps.conftest import Command


def test_name_and_licence_change_and_nothing_else(linnet: Command, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.gguf"
    outcome = linnet("rename", model, "-o", out, "--name", "née $5", "--licence", "CC-BY-4.0")
    assert outcome.code == 0, outcome.err
    before, after = read_program(model), read_program(out)
    metadata = dataclasses.replace(before.metadata, name="née $5", licence="CC-BY-4.0")
    assert program_to_bytes(after) == program_to_bytes(dataclasses.replace(before, metadata=metadata))
    assert Model(out).name == "née $5"
    assert linnet("rename", out, "-o", out, "--name", before.metadata.name).code == 2
    words = ("rename", out, "-o", out, "--name", before.metadata.name, "--licence", before.metadata.licence)
    assert linnet(*words, "--overwrite").code == 0
    assert out.read_bytes() == model.read_bytes()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "neither a name nor a licence"),
        (("--name", "a/b"), "cannot be the name of a model"),
        (("--name", "x" * 64), "64 bytes, not 1 to 63"),
        (("--licence", "a\nb"), "no licence in one line"),
        (("--licence", ""), "no licence in one line"),
    ],
)
def test_what_is_no_name_or_licence_is_refused(
    linnet: Command, model: Path, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    outcome = linnet("rename", model, "-o", tmp_path / "b.gguf", *words)
    assert (outcome.code, reason in outcome.err) == (2, True)
    assert not (tmp_path / "b.gguf").exists()


def test_a_model_that_another_tool_renamed_is_not_called_damaged(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    pytest.importorskip("gguf")
    out = tmp_path / "renamed.gguf"
    tool = "gguf.scripts.gguf_new_metadata"
    words = [sys.executable, "-m", tool, "--force", "--general-name", "another", str(model), str(out)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert out.exists(), done.stderr
    with pytest.raises(ArtifactError, match=r"another program rewrote the file.*linnet rename"):
        read_program(out)
    with pytest.raises(ModelError, match=r"was rewritten by another program.*linnet rename"):
        Model(out)
    for command in (("inspect", out), ("denoise", recording, "-o", tmp_path / "x.wav", "--model", out)):
        outcome = linnet(*command)
        assert (outcome.code, "damaged" in outcome.err) == (2, False)
