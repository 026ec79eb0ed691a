"""`linnet rename` changes what it says and nothing else; a file that another tool rewrote is called just that."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import linnet as linnet_package
from linnet.audio.files import read_audio
from linnet.audio.metrics import si_snr
from linnet.audio.stft import FrontEnd
from linnet.ir import ArtifactError, program_to_bytes, read_program, write_program
from linnet.runtime import Denoiser, Model, ModelError
from tests.apps.conftest import Command
from tests.ir.programs import with_front_end
from tests.source_tree import ROOT


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
        ((), "no option was given"),
        (("--name", "a/b"), "cannot be the name of a model"),
        (("--name", "x" * 64), "64 bytes, not 1 to 63"),
        (("--licence", "a\nb"), "is not one line of text"),
        (("--licence", ""), "is not one line of text"),
        (("--offset-time-constant-ms", "-1"), "but a running mean cannot follow sound"),
        (("--offset-time-constant-ms", "nan"), "but a running mean cannot follow sound"),
        (("--level-bounds", "2", "0.75"), "level_least=2.0 is no share"),
        (("--level-bounds", "0.75", "0.5"), "level_most=0.5 is no multiple"),
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


def test_the_removal_of_offsets_is_set_and_taken_away_again(
    linnet: Command, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "b.gguf"
    assert linnet("rename", model, "-o", out, "--offset-time-constant-ms", "400").code == 0
    front_end = read_program(out).metadata.front_end
    followed = FrontEnd(
        front_end.sample_rate_hz, front_end.window, front_end.hop, offset_time_constant_ms=400
    )
    assert front_end.offset_alpha == float(followed.offset_alpha) > 0
    assert linnet("rename", out, "-o", out, "--overwrite", "--offset-time-constant-ms", "0").code == 0
    assert out.read_bytes() == model.read_bytes()


def test_the_level_is_bounded_and_set_free_again(linnet: Command, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.gguf"
    assert linnet("rename", model, "-o", out, "--level-bounds", "0.75", "2").code == 0
    front_end = read_program(out).metadata.front_end
    assert (front_end.level_least, front_end.level_most) == (0.75, 2.0)
    assert "level bounded" in " ".join(linnet("inspect", out).out.split())
    assert linnet("rename", out, "-o", out, "--overwrite", "--level-bounds", "0", "0").code == 0
    assert out.read_bytes() == model.read_bytes()


def test_settings_that_a_model_does_not_have_are_refused(
    linnet: Command, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "b.gguf"
    for option in (("--level-bounds", "0.75", "2"), ("--offset-time-constant-ms", "400")):
        outcome = linnet("rename", "text-english", "-o", out, *option)
        assert (outcome.code, "is not shown sound" in outcome.err, out.exists()) == (2, True, False)
    outcome = linnet("rename", "text-english", "-o", tmp_path / "text.gguf", "--name", "mine")
    assert (outcome.code, "read by that one only" in " ".join(outcome.out.split())) == (0, True)
    program = with_front_end(read_program(model), level_alpha=0.0)
    write_program(program, tmp_path / "level.gguf")
    outcome = linnet("rename", tmp_path / "level.gguf", "-o", out, "--level-bounds", "0.75", "2")
    assert (outcome.code, "follows no level of the sound" in outcome.err, out.exists()) == (2, True, False)


@pytest.mark.parametrize("name", linnet_package.pretrained_names())
def test_a_constant_offset_costs_the_models_that_ship_nothing(name: str) -> None:
    """Samples beside 0.5 are rounded to 2^-24, which is all that differs."""
    denoiser = Denoiser.from_pretrained(name)
    noisy, rate_hz = read_audio(ROOT / "examples/noisy/fan.wav")
    plain, offset = (denoiser(noisy + np.float32(by), sample_rate_hz=rate_hz) for by in (0, 0.5))
    assert si_snr(plain[:, 0], offset[:, 0]) > 40
