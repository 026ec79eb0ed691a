"""`linnet train` and `linnet quantize` at the door: what is refused before JAX is even imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from linnet.apps.quantize import Quantize
from linnet.quant.scheme import W8A8, W8A16, Scheme
from tests.apps.conftest import Command


def test_missing_files_and_folders_are_refused(linnet: Command, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('name = "x"\n')
    cases = [
        (("train", tmp_path / "gone.toml", "--data", tmp_path, "--out", tmp_path / "run"), "gone.toml"),
        (("train", recipe, "--data", tmp_path / "gone", "--out", tmp_path / "run"), "gone"),
        (("quantize", tmp_path / "gone", "--data", tmp_path, "--out", tmp_path / "a.gguf"), "gone"),
        (("quantize", tmp_path, "--data", tmp_path / "gone", "--out", tmp_path / "a.gguf"), "gone"),
        (("quantize", tmp_path, "--data", tmp_path, "--out", tmp_path / "a.bin"), "a.gguf"),
        (("quantize", tmp_path, "--data", tmp_path, "--out", tmp_path / "none" / "a.gguf"), "does not exist"),
        (
            ("quantize", tmp_path, "--data", tmp_path, "--out", recipe.rename(tmp_path / "b.gguf")),
            "--overwrite",
        ),
    ]
    for words, reason in cases:
        recipe.write_text('name = "x"\n')
        outcome = linnet(*words)
        assert outcome.code == 2, outcome.err
        assert reason in " ".join(outcome.err.split())


def test_without_jax_training_names_the_extra_and_denoising_works(
    model: Path, recording: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('name = "x"\n')
    denoise = ["denoise", str(recording), "-o", str(tmp_path / "out.wav"), "--model", str(model)]
    train = ["train", str(recipe), "--data", str(tmp_path), "--out", str(tmp_path / "run")]
    program = (
        "import sys\nfor name in ('jax', 'jaxlib', 'equinox', 'optax'): sys.modules[name] = None\n"
        "from linnet.apps.cli import main\n"
        f"assert main({denoise!r}) == 0\n"
        f"sys.exit(main({train!r}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "pip install 'linnet[train]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("words", "expected"), [({}, W8A16), ({"activation_bits": 8}, W8A8)])
def test_quantize_lowers_by_the_scheme_of_its_activation_bits(
    words: dict[str, Any], expected: Scheme, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("jax")
    asked = []

    def deploy(_folder: Path, _data: Path, out: Path, *, scheme: Scheme) -> list[object]:
        asked.append(scheme)
        out.write_bytes(b"a model")
        return []

    monkeypatch.setattr("linnet.apps.deploy.deploy", deploy)
    Quantize(tmp_path, tmp_path, tmp_path / "a.gguf", **words).run()
    assert asked == [expected]


def test_other_activation_bits_are_refused(linnet: Command, tmp_path: Path) -> None:
    out = tmp_path / "a.gguf"
    outcome = linnet("quantize", tmp_path, "--data", tmp_path, "--out", out, "--activation-bits", "4")
    assert outcome.code == 2
    assert "--activation-bits" in outcome.err
    assert not out.exists()
