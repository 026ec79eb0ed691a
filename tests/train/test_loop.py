"""A run is the same however often it was stopped, and never loses what it had reached; its updates, one by one."""

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("matplotlib")
import jax
import jax.numpy as jnp
from safetensors import safe_open

from linnet.output.lock import FolderLock, LockError
from linnet.tasks.denoise.mixtures import Batch, MixtureDataset
from linnet.train import loop
from linnet.train.checkpoint import load_tree
from linnet.train.constraints import stage_at
from linnet.train.distributed import Devices
from linnet.train.journal import read_journal
from linnet.train.loop import train
from linnet.train.recipe import read_recipe
from linnet.train.runs import Run, TrainingError, load_best
from linnet.train.step import initial_state
from tests.train.small import SMALL, small_recipe

pytestmark = pytest.mark.usefixtures("compiled_once")

KILLED_RUN = """
import os, signal, sys
from linnet.tasks.denoise.mixtures import MixtureDataset
from linnet.train.loop import train
whole = MixtureDataset.batch
def batch(self, index):
    if self.seed == 0 and index == 10:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(self, index)
MixtureDataset.batch = batch
train(*sys.argv[1:])
"""


def arrays(path: Path) -> dict[str, bytes]:
    with safe_open(path, framework="numpy") as stored:
        return {name: stored.get_tensor(name).tobytes() for name in stored.keys()}  # noqa: SIM118


def lines(run: Run) -> list[dict]:
    """The journal without the clock, and without the line that a start writes."""
    entries = [entry for entry in read_journal(run.log) if "device" not in entry]
    return [{key: value for key, value in entry.items() if key != "seconds"} for entry in entries]


def replace_batches(monkeypatch: pytest.MonkeyPatch, instead: dict) -> None:
    """Call a function of `instead` in place of mixing the training batches that it names."""
    whole = MixtureDataset.batch

    def batch(self: MixtureDataset, index: int):
        mixed = whole(self, index)
        return instead[index](mixed) if self.seed == 0 and index in instead else mixed

    monkeypatch.setattr(MixtureDataset, "batch", batch)


@pytest.fixture(scope="module")
def finished(recordings, recipe_file, tmp_path_factory, compiled_once) -> Run:
    """A run that nothing disturbed."""
    return Run(train(recipe_file, recordings, tmp_path_factory.mktemp("runs") / "finished"))


@pytest.fixture(autouse=True)
def undrawn(finished, monkeypatch):
    """Curves are drawn for the undisturbed run alone: they take longer than the updates of all others."""
    monkeypatch.setattr(loop, "draw_curves", lambda *_: None)


def test_a_run_leaves_recipe_log_curves_checkpoint_and_best_model(finished, recipe_file):
    names = {path.name for path in finished.folder.iterdir()}
    assert names == {"recipe.toml", "log.jsonl", "curves.png", "checkpoint.safetensors", "best.safetensors"}
    assert finished.recipe.read_text() == recipe_file.read_text()
    entries = lines(finished)
    assert [e["update"] for e in entries if "si_snr_db" in e] == [4, 8, 12, 14]
    assert [e["update"] for e in entries if "loss" in e] == [14]


def test_the_best_model_is_the_one_of_the_best_score(finished):
    recipe, trained, about = load_best(finished.folder)
    scores = {e["update"]: e["si_snr_db"] for e in lines(finished) if "si_snr_db" in e}
    assert about["si_snr_db"] == max(scores.values()) == scores[about["best_update"]]
    assert recipe == read_recipe(finished.recipe)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(trained))


def test_a_run_stopped_in_between_goes_on_to_the_same_bits(
    finished, recordings, recipe_file, tmp_path, monkeypatch
):
    def stop(_):
        raise RuntimeError("pulled the plug")

    with monkeypatch.context() as patch:
        replace_batches(patch, {10: stop})
        with pytest.raises(RuntimeError, match="pulled the plug"):
            train(recipe_file, recordings, tmp_path / "run")
    run = Run(train(recipe_file, recordings, tmp_path / "run", resume=True))
    assert arrays(run.checkpoint) == arrays(finished.checkpoint)
    assert arrays(run.best) == arrays(finished.best)
    assert [e for e in lines(run) if "si_snr_db" in e] == [e for e in lines(finished) if "si_snr_db" in e]


@pytest.mark.long
def test_a_run_killed_in_between_goes_on_to_the_same_bits(finished, recordings, recipe_file, tmp_path):
    where = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    where["JAX_ENABLE_COMPILATION_CACHE"] = "false"  # each process compiles, as a user's does
    words = [str(recipe_file), str(recordings), str(tmp_path / "run")]
    killed = subprocess.run([sys.executable, "-c", KILLED_RUN, *words], env=os.environ | where, check=False)
    assert killed.returncode == -signal.SIGKILL
    run = Run(tmp_path / "run")
    assert run.checkpoint.exists()
    assert arrays(run.checkpoint) != arrays(finished.checkpoint)
    command = ["train", words[0], "--data", words[1], "--out", words[2], "--resume"]
    subprocess.run([sys.executable, "-m", "linnet.apps.cli", *command], env=os.environ | where, check=True)
    assert arrays(run.checkpoint) == arrays(finished.checkpoint)
    assert arrays(run.best) == arrays(finished.best)


def test_resuming_a_finished_run_changes_nothing(finished, recordings, recipe_file):
    before = arrays(finished.checkpoint), arrays(finished.best), lines(finished)
    train(recipe_file, recordings, finished.folder, resume=True)
    assert (arrays(finished.checkpoint), arrays(finished.best), lines(finished)) == before


def test_a_loss_that_is_no_number_ends_the_run_with_the_last_good_state_kept(
    recordings, recipe_file, tmp_path, monkeypatch
):
    replace_batches(monkeypatch, {7: lambda mixed: mixed._replace(noisy=mixed.noisy * np.float32(np.nan))})
    with pytest.raises(
        TrainingError, match=r"loss, or a weight, stopped being a number.*checkpoint\.safetensors"
    ):
        train(recipe_file, recordings, tmp_path / "run")
    state, _ = load_tree(Run(tmp_path / "run").checkpoint, initial_state(read_recipe(recipe_file)))
    assert int(state.update) == 6
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state))


def test_a_state_that_is_no_number_is_not_saved_though_its_loss_was_one(
    recordings, recipe_file, tmp_path, monkeypatch
):
    def broken_update(recipe, stage, teacher):
        def update(state, batch):
            model = jax.tree.map(lambda leaf: leaf * jnp.nan, state.model)
            return state._replace(model=model, update=state.update + 1), jnp.zeros(())

        return update

    monkeypatch.setattr(loop, "update_function", broken_update)
    with pytest.raises(TrainingError, match="no state had been saved yet"):
        train(recipe_file, recordings, tmp_path / "run")
    assert not Run(tmp_path / "run").checkpoint.exists()


def test_a_folder_that_holds_a_run_is_not_overwritten(finished, recordings, recipe_file):
    before = finished.checkpoint.read_bytes()
    with pytest.raises(TrainingError, match="already holds a run, which would be lost; add --resume"):
        train(recipe_file, recordings, finished.folder)
    assert finished.checkpoint.read_bytes() == before


def test_a_run_that_another_process_writes_is_not_resumed(finished, recordings, recipe_file):
    with FolderLock(finished.folder), pytest.raises(LockError, match="written by another process"):
        train(recipe_file, recordings, finished.folder, resume=True)


def test_a_line_of_the_log_after_a_resume_is_of_all_updates_since_the_last(
    finished, recordings, recipe_file, tmp_path, monkeypatch
):
    """The run was saved at update 6 and stopped behind it; its only line of the log is of 14 updates."""

    def stop(_):
        raise RuntimeError("pulled the plug")

    with monkeypatch.context() as patch:
        replace_batches(patch, {8: stop})
        with pytest.raises(RuntimeError, match="pulled the plug"):
            train(recipe_file, recordings, tmp_path / "run")
    run = Run(train(recipe_file, recordings, tmp_path / "run", resume=True))
    losses = [[e["loss"] for e in lines(each) if "loss" in e] for each in (run, finished)]
    assert losses[0] == losses[1]
    assert len(losses[0]) == 1


def test_a_run_is_not_resumed_by_another_recipe(finished, recordings, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(SMALL.replace("layers = 1", "layers = 2"))
    with pytest.raises(TrainingError, match="was begun with another recipe"):
        train(other, recordings, finished.folder, resume=True)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(TrainingError, match=r"holds no best\.safetensors"):
        load_best(tmp_path)


def test_validation_mixtures_do_not_depend_on_the_training_seed(recordings, recipe_file):
    recipe = read_recipe(recipe_file)
    other = dataclasses.replace(recipe, training=dataclasses.replace(recipe.training, seed=5))
    of_one, of_other = (loop.validation_batches(r, recordings) for r in (recipe, other))
    assert len(of_one) == 2
    for one, two in zip(of_one, of_other, strict=True):
        assert np.array_equal(one.noisy, two.noisy)


RECIPE = small_recipe()
RNG = np.random.default_rng(0)
CLEAN = (0.1 * np.sin(np.arange(1600) * RNG.uniform(0.05, 0.5, (2, 1)))).astype(np.float32)
NOISY = (CLEAN + 0.05 * RNG.standard_normal((2, 1600))).astype(np.float32)
BATCH = Batch(NOISY, CLEAN)


@pytest.fixture(scope="module")
def update(compiled_once, finished):
    """The update that the undisturbed run was made by: compiled, as are those of all other tests here."""
    return compiled_once.update_function(RECIPE, stage=stage_at(RECIPE, 0), teacher=None)


@pytest.fixture(scope="module")
def trained(update) -> list:
    """States (as NumPy, for the update gives its input away) and losses of a dozen updates on one batch."""
    devices = Devices.all()
    state, batch, seen = devices.copy(initial_state(RECIPE)), devices.place(BATCH), []
    for _ in range(12):
        before = jax.tree.map(np.array, state)
        state, loss = update(state, batch)
        seen.append((before, float(loss)))
    return [*seen, (jax.tree.map(np.array, state), None)]


def test_the_loss_falls_on_a_batch_seen_again_and_again(trained):
    assert trained[11][1] < trained[0][1] - 0.5


def test_updates_are_counted(trained):
    assert [int(state.update) for state, _ in trained] == list(range(13))


def test_every_weight_moves(trained):
    first, last = trained[0][0].model, trained[-1][0].model
    for one, other in zip(jax.tree.leaves(first), jax.tree.leaves(last), strict=True):
        assert not np.array_equal(one, other)


def test_the_first_statistics_are_those_of_the_first_batch_not_of_the_guess(trained):
    features = np.asarray(RECIPE.task.features(BATCH))
    mean, variance = trained[1][0].statistics.features
    np.testing.assert_allclose(mean, features.mean((0, 1)), rtol=1e-4)
    np.testing.assert_allclose(variance, features.var((0, 1)), rtol=1e-3, atol=1e-6)


def test_statistics_of_one_batch_seen_again_stay_where_they_are(trained):
    of_first, of_last = (trained[i][0].statistics.features for i in (1, -1))
    for one, other in zip(of_first, of_last, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3)  # the variance cancels to about 2^-24 mean^2


def test_an_update_is_compiled_once_for_all_runs_and_takes_its_state_with_it(trained, update):
    assert update._cache_size() == 1
    devices = Devices.all()
    given = devices.copy(initial_state(RECIPE))
    update(given, devices.place(BATCH))
    assert update._cache_size() == 1
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves(given.model))
