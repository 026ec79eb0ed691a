"""`linnet train` and `linnet quantize` at the door: what is refused before JAX is even imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linnet.apps.commands.quantize import Quantize
from linnet.quant.octaves import OCTAVES
from linnet.quant.scheme import MIXED, W4A16, W8A8, W8A16, Scheme
from tests.apps.conftest import Command

LEVEL_FOUR = replace(W4A16, equalize=True)


def test_missing_files_and_folders_are_refused(linnet: Command, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('name = "x"\n')
    cases = [
        (("train", tmp_path / "gone.toml", "--data", tmp_path, "--out", tmp_path / "run"), "gone.toml"),
        (("train", recipe, "--data", tmp_path / "gone", "--out", tmp_path / "run"), "gone"),
        (
            ("sparsify", tmp_path / "gone", "--recipe", recipe, "--data", tmp_path, "-o", tmp_path / "s"),
            "gone",
        ),
        (("sparsify", tmp_path, "--recipe", tmp_path / "no.toml", "--data", tmp_path, "-o", "s"), "no.toml"),
        (("sparsify", tmp_path, "--recipe", recipe, "--data", tmp_path / "gone", "-o", "s"), "gone"),
        (("sparsify", tmp_path, "--recipe", recipe, "--data", tmp_path, "-o", "s"), "prunes no weight"),
        (("compile", tmp_path / "no.toml", "--data", tmp_path, "-o", tmp_path / "c"), "no.toml"),
        (("compile", recipe, "--data", tmp_path / "gone", "-o", tmp_path / "c"), "gone"),
        (("compile", recipe, "--data", tmp_path, "--teacher", tmp_path / "gone", "-o", "c"), "gone"),
        (("quantize", tmp_path / "gone", "--data", tmp_path, "--out", tmp_path / "a.gguf"), "gone"),
        (("simulate", tmp_path / "gone", "--data", tmp_path), "gone"),
        (("simulate", tmp_path, "--data", tmp_path / "gone"), "gone"),
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
    assert "pip install jax equinox" in done.stderr
    assert "Traceback" not in done.stderr


Deployed = Callable[..., tuple[Scheme, Any]]


@pytest.fixture
def trained_for() -> Scheme | None:
    """What the recipe of the run rounds weights by in training."""
    return W8A16


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trained_for: Scheme | None) -> Deployed:
    """What `linnet quantize` with some options asks deploy for: a scheme and an observer."""
    pytest.importorskip("jax")
    asked = []

    def deploy(_folder: Path, _data: Path, out: Path, *, scheme: Scheme, observer: Any) -> list[object]:
        asked.append((scheme, observer))
        out.write_bytes(b"a model")
        return []

    def run(**words: Any) -> tuple[Scheme, Any]:
        Quantize(tmp_path, tmp_path, tmp_path / "a.gguf", overwrite=True, **words).run()
        return asked.pop()

    monkeypatch.setattr("linnet.life.deploy.deploy", deploy)
    monkeypatch.setattr("linnet.life.schemes.trained_scheme", lambda _folder: trained_for)
    return run


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({}, W8A16),
        ({"activation_bits": 8}, W8A8),
        ({"weight_bits": 4}, LEVEL_FOUR),
        ({"weight_bits": 4, "equalize": False}, W4A16),
        ({"equalize": True}, replace(W8A16, equalize=True)),
        ({"weight_bits": 4, "eight_bits_for": ("encoder.*", "decoder.*")}, replace(MIXED, equalize=True)),
        ({"weight_scale": "matrix"}, replace(W8A16, weight_scale="matrix")),
        ({"observer": "mse"}, replace(W8A16, weight_fit="least-squares", wire_fit="least-squares")),
        ({"activation_bits": 8, "observer": "mse"}, W8A8),
        (
            {"activation_bits": 8, "observer": "min-max"},
            replace(W8A8, weight_fit="largest", wire_fit="largest"),
        ),
        ({"weight_bits": 4, "observer": "percentile"}, LEVEL_FOUR),  # four bits never hold the largest weight
    ],
)
def test_quantize_lowers_by_the_scheme_of_its_options(
    words: dict[str, Any], expected: Scheme, deployed: Deployed
) -> None:
    assert deployed(**words)[0] == expected


@pytest.mark.long
def test_quantize_measures_by_the_observer_of_its_options(deployed: Deployed) -> None:
    observers = pytest.importorskip("linnet.quant.observers")
    assert deployed()[1] is observers.largest
    assert deployed(activation_bits=8, observer="min-max")[1] is observers.largest
    for words, kept in (
        ({"observer": "percentile", "percent": 50.0}, (2,)),
        ({"observer": "mse"}, (3, OCTAVES, 2)),
        ({"activation_bits": 8}, (3, OCTAVES, 2)),
    ):
        assert deployed(**words)[1].look(np.arange(12.0).reshape(3, 2, 2)).shape == kept


@pytest.mark.parametrize("trained_for", [W4A16])
def test_quantize_without_options_lowers_by_the_scheme_that_the_run_was_trained_for(
    deployed: Deployed, trained_for: Scheme
) -> None:
    assert deployed()[0] == trained_for
    assert deployed(weight_bits=8)[0] == replace(W8A16, equalize=True)


@pytest.mark.parametrize("trained_for", [None])
def test_what_was_not_trained_for_rounding_is_equalized_but_for_eight_bits_throughout(
    deployed: Deployed, trained_for: None
) -> None:
    assert deployed()[0] == replace(W8A16, equalize=True)
    assert deployed(weight_bits=4)[0] == LEVEL_FOUR
    assert deployed(activation_bits=8)[0] == W8A8
    assert deployed(equalize=False)[0] == W8A16


@pytest.mark.usefixtures("deployed")
def test_eight_bits_for_some_where_all_have_eight_are_refused(linnet: Command, tmp_path: Path) -> None:
    out = tmp_path / "b.gguf"
    outcome = linnet("quantize", tmp_path, "--data", tmp_path, "--out", out, "--eight-bits-for", "encoder.*")
    assert outcome.code == 2
    assert "add --weight-bits 4" in " ".join(outcome.err.split())
    assert not out.exists()


@pytest.mark.usefixtures("deployed")
def test_a_percentage_that_names_no_value_is_refused(linnet: Command, tmp_path: Path) -> None:
    pytest.importorskip("jax")
    words = ("--out", tmp_path / "a.gguf", "--observer", "percentile", "--percent", "0")
    outcome = linnet("quantize", tmp_path, "--data", tmp_path, *words)
    assert outcome.code == 2
    assert "names no value" in outcome.err


def test_other_activation_bits_are_refused(linnet: Command, tmp_path: Path) -> None:
    out = tmp_path / "a.gguf"
    outcome = linnet("quantize", tmp_path, "--data", tmp_path, "--out", out, "--activation-bits", "4")
    assert outcome.code == 2
    assert "--activation-bits" in outcome.err
    assert not out.exists()
