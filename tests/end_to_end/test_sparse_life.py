"""The whole life of a sparse model by its commands: dense, sparse, rounded, a model file; stopped and gone on with."""

import dataclasses
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("matplotlib")

from linnet.apps.cli import STOPPED, main
from linnet.compiler import lower as lowering
from linnet.ir import Linear, Program, read_program, run_codes
from linnet.life import whole as whole_life
from linnet.runtime import Session
from linnet.tasks.denoise.mixtures import MixtureDataset
from linnet.train.journal import read_journal
from linnet.train.runs import Run, load_best
from tests.train.small import SMALL, SPARSE_AND_ROUNDED, write_recordings

pytestmark = pytest.mark.long

SPARSE = SMALL.replace('"small"', '"sparse"').replace("layers = 1", "layers = 2") + SPARSE_AND_ROUNDED
DENSE = SPARSE[: SPARSE.index("[sparsity]")]


class Life(NamedTuple):
    """Recordings, recipes, and what the commands made of them."""

    recordings: Path
    recipe: Path
    dense: Path
    sparse: Path
    compiled: Path


def command(*words: str | Path) -> None:
    assert main([str(word) for word in words]) == 0, words


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    root = tmp_path_factory.mktemp("life")
    recordings, recipe = write_recordings(root / "recordings"), root / "sparse.toml"
    recipe.write_text(SPARSE)
    (root / "dense.toml").write_text(DENSE)
    command("train", root / "dense.toml", "--data", recordings, "--out", root / "dense")
    sparse = "--recipe", recipe, "--data", recordings, "-o", root / "sparse"
    command("sparsify", root / "dense", *sparse)
    compiled = "--data", recordings, "-o", root / "compiled", "--initial", root / "dense"
    command("compile", recipe, *compiled)
    return Life(recordings, recipe, root / "dense", root / "sparse", root / "compiled")


def without_time(program: Program) -> Program:
    """The program without the seconds that its training took, the one thing that no recipe decides."""
    card = dict(program.metadata.card)
    card["trained"] = {name: value for name, value in card["trained"].items() if name != "seconds"}
    return dataclasses.replace(program, metadata=dataclasses.replace(program.metadata, card=card))


def sparse_model(life: Life) -> Path:
    return life.compiled / "sparse.gguf"


def test_a_sparse_run_starts_at_the_dense_one_and_ends_at_the_density_asked_for(life):
    densities = [entry["density"] for entry in read_journal(Run(life.sparse).log) if "density" in entry]
    _, trained, about = load_best(life.sparse)
    weights, kept = (sum(int(f(m)) for m in trained.masks.values()) for f in (np.size, np.count_nonzero))
    assert densities[-1] == round(kept / weights, 4)
    assert abs(kept - 0.25 * weights) <= len(trained.masks) / 2
    assert about["best_update"] >= 11
    assert load_best(life.compiled / "run")[2]["initial"]["name"] == "sparse"


def test_the_integer_matrices_are_as_sparse_as_the_masks(life, tmp_path, monkeypatch):
    monkeypatch.setattr(lowering, "eliminate_dead", lambda program: program)
    whole = tmp_path / "whole.gguf"
    command("quantize", life.compiled / "run", "--data", life.recordings, "--out", whole)
    program, masks = read_program(whole), load_best(life.compiled / "run")[1].masks
    weights, kept = (sum(int(f(m)) for m in masks.values()) for f in (np.size, np.count_nonzero))
    assert sum(node.weight.size for node in program.nodes if isinstance(node, Linear)) == weights
    codes = nonzeros(program)
    assert 0.98 * kept <= codes <= kept  # a kept weight below half a step of its row is 0, too
    assert nonzeros(read_program(sparse_model(life))) <= codes  # what no output depends on has left
    monkeypatch.undo()
    command("shrink", whole, "--data", life.recordings, "--out", tmp_path / "shrunk.gguf")
    assert without_time(read_program(tmp_path / "shrunk.gguf")) == without_time(
        read_program(sparse_model(life))
    )
    again = "shrink", tmp_path / "shrunk.gguf", "--data", life.recordings, "--out", tmp_path / "again.gguf"
    assert main([str(word) for word in again]) == 2  # nothing is dead


def nonzeros(program: Program) -> int:
    return sum(int(np.count_nonzero(node.weight)) for node in program.nodes if isinstance(node, Linear))


def test_sparsify_and_compile_from_the_same_run_make_the_same_model(life):
    ours, theirs = (load_best(folder)[1] for folder in (life.sparse, life.compiled / "run"))
    assert all(np.array_equal(ours.masks[name], theirs.masks[name]) for name in theirs.masks)
    command("quantize", life.sparse, "--data", life.recordings, "--out", life.sparse / "sparse.gguf")
    quantized, compiled = read_program(life.sparse / "sparse.gguf"), read_program(sparse_model(life))
    assert without_time(quantized) == without_time(compiled)


def test_simulated_schemes_are_scored_as_the_program_is_and_coarse_ones_differ(life, capsys):
    command("simulate", life.sparse, "--data", life.recordings, "--scheme", "W8A16", "W4A8", "E5M2A16")
    printed = [line.split() for line in capsys.readouterr().out.splitlines() if " dB" in line]
    assert [words[0] for words in printed] == ["float", "W8A16", "W4A8", "E5M2A16"]
    scores = {words[0]: float(words[1]) for words in printed}
    card = read_program(sparse_model(life)).metadata.card["scores"]["val"]
    assert abs(scores["float"] - card["float_db"]) <= 0.01
    assert abs(scores["W8A16"] - card["integer_db"]) <= 0.05
    assert scores["W4A8"] != scores["float"]


def test_interpreter_and_engine_agree_bit_for_bit_on_a_sparse_program(life):
    program = read_program(sparse_model(life))
    rng = np.random.default_rng(2)
    codes = rng.integers(-32768, 32768, (500, program.input_width)).astype(np.int16)
    assert np.array_equal(Session(sparse_model(life)).run(codes), run_codes(program, codes))


def test_compile_stopped_in_training_and_before_the_file_goes_on_to_the_same_file(
    life, tmp_path, monkeypatch
):
    given = (
        "compile",
        life.recipe,
        "--data",
        life.recordings,
        "-o",
        tmp_path / "again",
        "--initial",
        life.dense,
    )
    words = [str(word) for word in given]
    whole = MixtureDataset.batch

    def stopping(self, index):
        if self.seed == 0 and index == 10:
            raise KeyboardInterrupt
        return whole(self, index)

    def stopped(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MixtureDataset, "batch", stopping)
        assert main(words) == STOPPED
    assert not (tmp_path / "again" / "sparse.gguf").exists()
    with monkeypatch.context() as patch:
        patch.setattr(whole_life, "deploy", stopped)
        assert main(words) == STOPPED
    entries = read_journal(Run(tmp_path / "again" / "run").log)
    assert entries[-1]["update"] == 14
    assert not (tmp_path / "again" / "sparse.gguf").exists()
    command(*words)
    again, compiled = (read_program(folder / "sparse.gguf") for folder in (tmp_path / "again", life.compiled))
    assert without_time(again) == without_time(compiled)


def test_compile_run_again_when_all_is_done_gives_the_same_bytes(life):
    before = sparse_model(life).read_bytes()
    command("compile", life.recipe, "--data", life.recordings, "-o", life.compiled, "--initial", life.dense)
    assert sparse_model(life).read_bytes() == before
