"""Whole runs under masks and rounding: what is kept, what goes on to the same bits, who may begin or teach a run."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")
import jax

from linnet.sparsity.masks import density_of
from linnet.sparsity.trees import named_matrices
from linnet.train.checkpoint import load_tree
from linnet.train.journal import read_journal
from linnet.train.loop import train
from linnet.train.recipe import read_recipe
from linnet.train.runs import Ancestors, Run, TrainingError, beginning_of, load_best
from linnet.train.step import initial_state
from tests.train.small import SMALL, SPARSE_AND_ROUNDED

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("compiled_once")]  # five programs are compiled

LIFE = (
    SMALL
    + SPARSE_AND_ROUNDED
    + """
[relufication]
activation = 0.4
"""
)


@pytest.fixture(scope="module")
def life_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "life.toml"
    path.write_text(LIFE)
    return path


@pytest.fixture(scope="module")
def lived(recordings, life_file, tmp_path_factory, compiled_once) -> Run:
    """Dense and smooth, then rectified, sparse and rounded: a run that nothing disturbed."""
    return Run(train(life_file, recordings, tmp_path_factory.mktemp("runs") / "lived"))


@pytest.fixture(scope="module")
def dense(recordings, recipe_file, tmp_path_factory, compiled_once) -> Run:
    return Run(train(recipe_file, recordings, tmp_path_factory.mktemp("runs") / "dense"))


def test_the_deployed_matrices_have_the_density_asked_for(lived):
    recipe, trained, _ = load_best(lived.folder)
    matrices = named_matrices(trained.folded(recipe))
    weights = sum(matrix.size for matrix in matrices.values())
    kept = sum(int(np.count_nonzero(matrix)) for matrix in matrices.values())
    assert set(matrices) == set(trained.masks)
    assert abs(kept - 0.25 * weights) <= len(matrices) / 2


def test_the_best_model_is_one_under_all_that_the_recipe_imposes(lived):
    _, trained, about = load_best(lived.folder)
    scores = {e["update"]: e["si_snr_db"] for e in read_journal(lived.log) if "si_snr_db" in e}
    assert about["best_update"] >= 11
    assert about["si_snr_db"] == max(score for update, score in scores.items() if update >= 11)
    assert trained.folded(read_recipe(lived.recipe)).activations.activation == "relu"


def test_the_journal_says_how_dense_the_model_was(lived):
    densities = [e["density"] for e in read_journal(lived.log) if "density" in e]
    assert densities == sorted(densities, reverse=True)
    assert densities[-1] == pytest.approx(0.25, abs=0.01)


def test_masks_no_longer_change_once_the_density_is_reached(lived):
    state, _ = load_tree(lived.checkpoint, initial_state(read_recipe(lived.recipe)))
    best = load_best(lived.folder)[1]
    assert density_of(best.masks) == density_of(state.constraints.masks)
    for name, mask in best.masks.items():
        assert np.array_equal(mask, state.constraints.masks[name]), name


def test_a_sparse_run_stopped_in_between_goes_on_to_the_same_bits(
    lived, recordings, life_file, tmp_path, monkeypatch
):
    from linnet.tasks.denoise.mixtures import MixtureDataset

    whole = MixtureDataset.batch

    def stopping(self, index):
        if self.seed == 0 and index == 10:
            raise RuntimeError("pulled the plug")
        return whole(self, index)

    with monkeypatch.context() as patch:
        patch.setattr(MixtureDataset, "batch", stopping)
        with pytest.raises(RuntimeError, match="pulled the plug"):
            train(life_file, recordings, tmp_path / "run")
    run = Run(train(life_file, recordings, tmp_path / "run", resume=True))
    fresh = initial_state(read_recipe(life_file))
    ours, theirs = (load_tree(each.checkpoint, fresh)[0] for each in (run, lived))
    assert jax.tree.all(jax.tree.map(np.array_equal, ours, theirs))


def test_a_run_starts_at_the_best_model_of_another(dense, life_file):
    recipe = dataclasses.replace(read_recipe(life_file), relufication=read_recipe(dense.recipe).relufication)
    beginning = beginning_of(recipe, Ancestors(initial=dense.folder))
    _, trained, about = load_best(dense.folder)
    assert jax.tree.all(jax.tree.map(np.array_equal, beginning.state.model, trained.model))
    assert beginning.initial == {"name": "small"} | about


def test_a_run_of_another_size_is_no_start(dense):
    wide = dataclasses.replace(
        read_recipe(dense.recipe), model=dataclasses.replace(read_recipe(dense.recipe).model, layers=2)
    )
    with pytest.raises(
        TrainingError, match=r"make \[model\] and \[front_end\] of the recipe those of the run"
    ):
        beginning_of(wide, Ancestors(initial=dense.folder))


def test_a_teacher_without_weight_and_a_weight_without_teacher_are_refused(dense, recipe_file, tmp_path):
    recipe = read_recipe(recipe_file)
    taught = tmp_path / "taught.toml"
    taught.write_text(SMALL + "\n[distillation]\nweight = 0.5\n")
    with pytest.raises(TrainingError, match="leave out both"):
        beginning_of(recipe, Ancestors(teacher=dense.folder))
    with pytest.raises(TrainingError, match="leave out both"):
        beginning_of(read_recipe(taught), Ancestors())


def test_a_teacher_of_another_sample_rate_is_refused(dense, tmp_path):
    slow = tmp_path / "slow.toml"
    slow.write_text(
        SMALL.replace("hop = 32", "hop = 32\nsample_rate_hz = 8000") + "\n[distillation]\nweight = 0.5\n"
    )
    with pytest.raises(
        TrainingError,
        match=r"trained at 16000 Hz, the recipe asks for 8000 Hz; choose a teacher of that rate",
    ):
        beginning_of(read_recipe(slow), Ancestors(teacher=dense.folder))


def test_a_pupil_under_its_teacher_alone_is_pulled_to_what_the_teacher_makes(dense, recipe_file, tmp_path):
    from linnet.tasks.denoise.mixtures import Batch
    from linnet.train.constraints import FREE
    from linnet.train.distributed import CUT, WHOLE, Devices, average
    from linnet.train.step import look

    taught = tmp_path / "taught.toml"
    taught.write_text(SMALL + "\n[distillation]\nweight = 1.0\n")
    recipe = read_recipe(taught)
    beginning = beginning_of(recipe, Ancestors(teacher=dense.folder))
    teacher = beginning.teacher
    assert teacher is not None
    rng = np.random.default_rng(0)
    noisy, clean = rng.standard_normal((2, 2, 1600)).astype(np.float32) / 10

    def loss(model, batch):
        return average(look(recipe, model, batch, FREE, teacher(batch))[0])

    by_teacher = jax.jit(Devices.all().split(loss, (WHOLE, CUT), WHOLE))
    model = beginning.state.model
    assert by_teacher(model, Batch(noisy, clean)) == by_teacher(
        model, Batch(noisy, 2 * clean)
    )  # only the teacher counts
