"""`linnet import` makes a model file that other commands take, and refuses with the reason what it cannot do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import linnet as package
from linnet.ir import read_program, run
from tests.apps.conftest import Command
from tests.foreign import made


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model, its map, and what it was shown."""
    monkeypatch.chdir(tmp_path)
    made.write(tmp_path)
    return tmp_path


WORDS = ("import", "model.npz", "--map", "map.toml", "--examples", "shown.npz")


def test_the_file_is_taken_by_the_other_commands_and_by_a_session(linnet: Command, given: Path) -> None:
    outcome = linnet(*WORDS, "-o", "m.gguf", "--licence", "MIT", "--frames-per-second", "125")
    assert outcome.code == 0, outcome.err
    assert "proven: 720 outputs agree within" in outcome.out
    card = json.loads(linnet("inspect", "m.gguf", "--json").out)
    assert (card["name"], card["licence"], card["front_end"]["frames_per_second"]) == ("m", "MIT", 125.0)
    assert card["card"]["imported"]["weights"] == "model.npz"
    assert card["accounting"]["frames"] == made.shown().shape[1]
    assert linnet("inspect", "m.gguf").code == 0
    assert linnet("export", "c", "m.gguf", "-o", "m.c").code == 0
    program, session = read_program("m.gguf"), package.Session("m.gguf")
    frames = made.shown()[0]
    stepped = [session.values(session.step(session.quantize(frame))) for frame in frames]
    assert np.array_equal(np.stack(stepped), run(program, frames))


def test_json_tells_what_every_stage_costs(linnet: Command, given: Path) -> None:
    Path("map.toml").write_text(Path("map.toml").read_text().replace('"relu"', '"gelu_tanh"'))
    tensors = made.tensors()
    refused = linnet(*WORDS, "-o", "m.gguf", "--json", "--gelu", "sigmoid")
    assert (refused.code, "outputs differ by" in refused.err) == (2, True)  # the model has ReLU
    Path("map.toml").write_text(made.ENDS + made.LRU)
    outcome = linnet(*WORDS, "-o", "m.gguf", "--json", "--density", "0.6", "--keep", "*.B", "decoder.*")
    told = json.loads(outcome.out)
    assert set(told["snr_db"]) == {"pruned", "integers", "whole"}
    assert told["snr_db"]["whole"] <= min(told["snr_db"]["pruned"], told["snr_db"]["integers"]) + 1
    assert (told["density"], told["rule"], told["scored_on"]) == (
        0.6,
        "wanda",
        {"sequences": 1, "frames": 60},
    )
    assert 0 <= told["same_largest_output"] <= 1
    weights = sum(int(np.prod(array.shape)) for array in tensors.values() if array.ndim == 2)
    assert json.loads(linnet("inspect", "m.gguf", "--json").out)["total"]["nonzeros"] < 2 * weights


def test_what_cannot_be_done_leaves_no_file(linnet: Command, given: Path) -> None:
    Path("there.gguf").write_bytes(b"mine")
    (given / "model.pt").write_bytes(b"a pickle")
    for words, reason in (
        ((*WORDS, "-o", "m.bin"), "does not end in .gguf"),
        ((*WORDS, "-o", "there.gguf"), "already exists"),
        ((*WORDS, "-o", "m.gguf", "--density", "0"), "--density is 0"),
        ((*WORDS, "-o", "m.gguf", "--keep", "head.*", "--density", "0.5"), "names no matrix"),
        ((*WORDS, "-o", "m.gguf", "--keep", "decoder.*"), "without --density nothing is"),
        ((*WORDS, "-o", "m.gguf", "--gelu", "relu"), "names no gelu"),
        ((*WORDS, "-o", "m.gguf", "--licence", ""), "not one line"),
        ((*WORDS, "-o", "m.gguf", "--frames-per-second", "0"), "--frames-per-second is 0"),
        (("import", "model.pt", *WORDS[2:], "-o", "m.gguf"), "may be a pickle"),
        (("import", "absent.npz", *WORDS[2:], "-o", "m.gguf"), "absent.npz"),
        ((*WORDS[:-1], "model.npz", "-o", "m.gguf"), "no array 'inputs'"),
    ):
        outcome = linnet(*words)
        assert (outcome.code, reason in outcome.err) == (2, True), outcome.err
    assert not Path("m.gguf").exists()
    assert Path("there.gguf").read_bytes() == b"mine"


def test_a_missing_package_is_named_with_its_command(
    linnet: Command, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "safetensors", None)
    (given / "model.safetensors").write_bytes(b"")
    outcome = linnet("import", "model.safetensors", *WORDS[2:], "-o", "m.gguf")
    assert (outcome.code, "pip install safetensors" in outcome.err) == (2, True), outcome.err


def test_importing_needs_no_jax(given: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys; sys.modules['jax'] = None\n"
        "from linnet.apps.cli import main\n"
        f"sys.exit(main({[*WORDS, '-o', 'm.gguf']!r}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
