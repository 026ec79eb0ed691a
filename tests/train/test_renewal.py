"""Masks and ranges as a run renews them: when, to which density, until when, and alike on every device."""

from functools import partial

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("matplotlib")
import jax
import jax.numpy as jnp

from linnet.nn.bands import Squeeze
from linnet.sparsity.masks import density_of
from linnet.sparsity.trees import named_matrices, with_matrices
from linnet.tasks.denoise.mixtures import Batch
from linnet.train import loop
from linnet.train.checkpoint import load_tree
from linnet.train.recipe import Recipe, parse_recipe
from linnet.train.runs import Run
from linnet.train.step import TrainState, initial_state, renew_function, update_function
from tests.kinds import as_a
from tests.train.small import SMALL, small_recipe
from tests.train.test_distributed import python

SPARSE = SMALL + "\n[sparsity]\ndensity = 0.25\nend = 0.5\nevery = 3\n"
LIFE = SPARSE + '\n[quantization]\nscheme = "W8A16"\nstart = 0.7\n\n[relufication]\nactivation = 0.4\n'
NOISY = np.random.default_rng(0).standard_normal((2, 1600)).astype(np.float32) / np.float32(10)
BATCH = Batch(NOISY, NOISY)

RENEWED = """
import sys
import jax, numpy as np
from jax.sharding import Mesh
from linnet.nn.bands import Squeeze
from linnet.sparsity.masks import density_of
from linnet.tasks.denoise.mixtures import Batch
from linnet.train.distributed import AXIS, Devices
from linnet.train.recipe import parse_recipe
from linnet.train.step import initial_state, renew_function
recipe = parse_recipe(open(sys.argv[1]).read())
levels = np.array([[0.01], [0.1], [0.3], [1.0]])
noisy = (levels * np.random.default_rng(0).standard_normal((4, 1600))).astype(np.float32)
def on(count):
    devices = Devices(Mesh(np.array(jax.devices()[:count]), (AXIS,)))
    state = devices.copy(initial_state(recipe)._replace(update=np.int32(9)))
    return renew_function(recipe, devices)(state, Batch(noisy, noisy)).constraints
one, four = on(1), on(4)
assert abs(density_of(one.masks) - 0.25) < 0.01
for name, mask in four.masks.items():
    assert len(mask.addressable_shards) == 4
    for shard in mask.addressable_shards:
        assert np.array_equal(shard.data, one.masks[name]), name
for kind in ("largest", "mean_square"):
    for name, size in getattr(one, kind).items():
        np.testing.assert_allclose(getattr(four, kind)[name], size, rtol=1e-4, atol=1e-6 * float(size.max()))
print("equal")
"""


def at(recipe: Recipe, update: int, seed: int = 0) -> TrainState:
    """A state that has made so many updates, its weights drawn by this seed."""
    state = initial_state(recipe)
    keys = iter(jax.random.split(jax.random.key(seed), len(jax.tree.leaves(state.model))))
    model = jax.tree.map(lambda leaf: leaf * jax.random.uniform(next(keys), leaf.shape), state.model)
    return state._replace(model=model, update=jnp.asarray(update, jnp.int32))


@pytest.fixture(scope="module", params=["deployed", "parameters"])
def pruning(request):
    """A recipe whose masks lie on deployed matrices, or on parameters, and its renewal."""
    recipe = small_recipe(SPARSE + f'target = "{request.param}"\n')
    return recipe, renew_function(recipe)


@pytest.mark.long
def test_the_density_is_exact_from_the_last_choice_on_and_masks_stay_whatever_weights_do(pruning):
    recipe, renew = pruning
    last = recipe.sparsity.last_choice(recipe.training.updates)
    chosen = renew(at(recipe, last), BATCH).constraints
    sizes = sum(mask.size for mask in chosen.masks.values())
    kept = sum(int(mask.sum()) for mask in chosen.masks.values())
    assert abs(kept - 0.25 * sizes) <= len(chosen.masks) / 2
    for update, stays in ((last, False), (last + 1, True), (last + 3, True)):
        later = renew(at(recipe, update, seed=1)._replace(constraints=jax.tree.map(jnp.copy, chosen)), BATCH)
        assert jax.tree.all(jax.tree.map(np.array_equal, later.constraints.masks, chosen.masks)) == stays, (
            update
        )


@pytest.mark.long
def test_everything_stays_before_the_start_and_less_and_less_after_it(pruning):
    recipe, renew = pruning
    densities = [density_of(renew(at(recipe, update), BATCH).constraints.masks) for update in (0, 3, 6, 9)]
    assert densities[0] == 1.0
    assert densities == sorted(set(densities), reverse=True)


@pytest.mark.long
@pytest.mark.parametrize("name", ["encoder.weight", "decoder.weight"])
@pytest.mark.parametrize("target", ["deployed", "parameters"])
def test_regrowth_exchanges_weights_for_those_of_the_largest_running_gradients_and_keeps_the_density(
    target, name
):
    tables = SPARSE + f'target = "{target}"\n'
    plain, growing = (renew_function(small_recipe(tables + more)) for more in ("", "regrow = 0.5\n"))
    before = plain(at(small_recipe(tables), 6), BATCH).constraints.masks
    back = tuple(np.argwhere(~np.asarray(before[name]))[-1])

    def pulled(node):
        if not hasattr(node, "mu") or name not in named_matrices(node.mu):
            return node
        change = partial(with_matrices, matrices={name: named_matrices(node.mu)[name].at[back].set(1.0)})
        return node._replace(mu=change(node.mu))

    state = at(small_recipe(tables), 6)
    state = state._replace(
        optimizer_state=jax.tree.map(pulled, state.optimizer_state, is_leaf=lambda node: hasattr(node, "mu"))
    )
    after = growing(state, BATCH).constraints.masks
    assert after[name][back]
    for each, mask in after.items():
        assert mask.sum() == before[each].sum()
        share = (mask & ~before[each]).sum() / mask.sum()
        assert share <= 0.5 * (1 - 6 / 14 / 0.5) + 1 / mask.sum(), each


@pytest.mark.long
def test_a_range_shrinks_slowly_where_the_batch_is_quiet_and_grows_at_once():
    recipe = small_recipe(LIFE)
    renew, wire, loud = renew_function(recipe), "features", Batch(np.float32(1000) * NOISY, NOISY)

    def after(given: TrainState, batch: Batch) -> TrainState:
        return renew(jax.tree.map(jnp.copy, given), batch)

    first = after(at(recipe, 12), loud)
    quiet = after(first, Batch(np.zeros_like(NOISY), NOISY))
    heard = np.asarray(first.constraints.largest[wire])
    assert heard.min() > 1
    np.testing.assert_allclose(quiet.constraints.largest[wire], 0.9 * heard, rtol=1e-6)
    np.testing.assert_allclose(after(quiet, loud).constraints.largest[wire], heard, rtol=1e-6)


@pytest.mark.long
def test_a_run_renews_masks_every_so_many_updates_and_keeps_no_model_before_all_acts(
    recordings, tmp_path, monkeypatch
):
    """The loop alone: what is compiled is replaced by functions that count."""
    renewals, stages = [], []

    def update_function(recipe, stage, teacher):
        stages.append((stage.activations.activation, stage.rounds))
        return lambda state, batch: (state._replace(update=state.update + 1), jnp.zeros(()))

    def renew_function(recipe):
        def renew(state, batch):
            renewals.append((int(state.update), state.model.activations.activation))
            return state

        return renew

    monkeypatch.setattr(loop, "update_function", update_function)
    monkeypatch.setattr(loop, "renew_function", renew_function)
    monkeypatch.setattr(loop, "score_function", lambda recipe, stage: lambda *batch: np.zeros(2))
    (tmp_path / "life.toml").write_text(LIFE)
    run = Run(loop.train(tmp_path / "life.toml", recordings, tmp_path / "run"))
    assert renewals == [(0, "gelu"), (3, "gelu"), (6, "relu"), (9, "relu"), (12, "relu")]
    assert stages == [("gelu", False), ("relu", False), ("relu", True)]
    _, about = load_tree(run.checkpoint, initial_state(small_recipe(LIFE)))
    assert about["best_update"] == 12  # of those validated, 4 and 8 came before the masks were last chosen


@pytest.mark.long
@pytest.mark.parametrize("score", ["magnitude", "effect"])
def test_four_devices_choose_the_masks_that_one_chooses(tmp_path, score):
    recipe = tmp_path / "four.toml"
    recipe.write_text(SPARSE.replace("batch = 2", "batch = 4") + f'score = "{score}"\n')
    done = python("-c", RENEWED, str(recipe), devices=4)
    assert done.stdout == "equal\n", done.stderr


@pytest.mark.long
def test_a_model_with_bands_is_pruned_and_moved_under_its_masks():
    bands = 'width = 0.0625\nlayers = 3\nrecurrence = "gated"\nbands = 4\nband_channels = 3'
    recipe = parse_recipe(LIFE.replace("width = 0.0625\nlayers = 1", bands))
    state = renew_function(recipe)(at(recipe, 9), BATCH)
    assert abs(density_of(state.constraints.masks) - 0.25) < 0.01
    given = np.asarray(state.constraints.masks["squeeze.down.weight"]).copy()
    state, loss = update_function(recipe)(state, Batch(NOISY, np.float32(0.5) * NOISY))
    assert np.isfinite(loss)
    # what is pruned starts from 0 at every update
    assert not np.any(np.asarray(as_a(Squeeze, state.model.squeeze).down.weight)[~given])
