"""One update: statistics that start as plain means, a loss that falls, weights that all move."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax

from linnet.nn import compiled
from linnet.train import loop, step
from linnet.train.distributed import AXIS, CUT, WHOLE, Devices
from linnet.train.enhance import features_of_clips
from linnet.train.recipe import ComputationSettings, RecipeError
from linnet.train.step import bfloat16_matrices, initial_state, learn_in_parts
from tests.train.small import SMALL, small_recipe

RECIPE = small_recipe()
RNG = np.random.default_rng(0)
CLEAN = (0.1 * np.sin(np.arange(1600) * RNG.uniform(0.05, 0.5, (2, 1)))).astype(np.float32)
NOISY = (CLEAN + 0.05 * RNG.standard_normal((2, 1600))).astype(np.float32)


@pytest.fixture(scope="module")
def trained(compiled_once) -> list:
    """States (as NumPy, for the update gives its input away) and losses of a dozen updates on one batch."""
    update, state, seen = loop.update_function(RECIPE), initial_state(RECIPE), []
    for _ in range(12):
        before = jax.tree.map(np.array, state)
        state, loss = update(state, NOISY, CLEAN)
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
    features = np.asarray(features_of_clips(NOISY, RECIPE.front_end))
    mean, variance = trained[1][0].statistics.features
    np.testing.assert_allclose(mean, features.mean((0, 1)), rtol=1e-4)
    np.testing.assert_allclose(variance, features.var((0, 1)), rtol=1e-3, atol=1e-6)


def test_statistics_of_one_batch_seen_again_stay_where_they_are(trained):
    of_first, of_last = (trained[i][0].statistics.features for i in (1, -1))
    for one, other in zip(of_first, of_last, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3)  # the variance cancels to about 2^-24 mean^2


def learned(text: str, noisy=NOISY, clean=CLEAN):
    """What a recipe learns from the clips before its first update."""
    recipe = small_recipe(text)
    one = Devices.all().split(
        lambda model, noisy, clean: learn_in_parts(recipe, model, noisy, clean), (WHOLE, CUT, CUT), WHOLE
    )
    return jax.tree.map(np.asarray, jax.jit(one)(initial_state(recipe).model, noisy, clean))


def test_an_update_is_compiled_once_and_takes_its_state_with_it(compiled_once):
    update, state = loop.update_function(RECIPE), initial_state(RECIPE)
    state, _ = update(state, NOISY, CLEAN)
    compiled = update._cache_size()
    for _ in range(3):
        given = state
        state, _ = update(state, NOISY, CLEAN)
    assert update._cache_size() == compiled
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves(given.model))


@pytest.mark.long
def test_parts_learn_the_mean_of_what_each_learns_alone():
    in_parts = learned(SMALL + "[computation]\nparts = 2\n")
    alone = [learned(SMALL, NOISY[i : i + 1], CLEAN[i : i + 1]) for i in (0, 1)]
    for whole, one, other in zip(*map(jax.tree.leaves, (in_parts, *alone)), strict=True):
        np.testing.assert_allclose(whole, (one + other) / 2, rtol=0, atol=1e-3 * np.abs(one).max() + 1e-6)


@pytest.mark.long
@pytest.mark.parametrize("form", ["compiled", "sequential", "associative", "chunked"])
def test_every_form_of_the_recurrence_learns_the_same(form):
    if form == "compiled" and not compiled.available():
        pytest.skip("the compiled form was not built here")
    chosen, quickest = learned(SMALL + f"[computation]\nrecurrence = '{form}'\nchunk = 8\n"), learned(SMALL)
    for one, other in zip(jax.tree.leaves(chosen), jax.tree.leaves(quickest), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-3 * np.abs(other).max() + 1e-6)


def test_products_in_bfloat16_round_matrices_and_nothing_else():
    assert bfloat16_matrices("layers.0.ssm.B", jax.numpy.ones((2, 2))).dtype == jax.numpy.bfloat16
    assert bfloat16_matrices("layers.0.ssm.D", jax.numpy.ones(2)).dtype == np.float32
    assert bfloat16_matrices("layers.0.ssm.state", jax.numpy.ones((2, 2))).dtype == np.float32


@pytest.mark.long
def test_products_in_bfloat16_learn_nearly_the_same():
    rounded, exact = learned(SMALL + "[computation]\nproducts = 'bfloat16'\n"), learned(SMALL)
    assert rounded.loss != exact.loss
    assert abs(rounded.loss - exact.loss) < 0.1  # dB
    ours, theirs = (
        np.concatenate([leaf.ravel() for leaf in jax.tree.leaves(x.gradient)]) for x in (rounded, exact)
    )
    cosine = ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs)
    assert cosine > 0.99


def test_the_devices_share_one_axis():
    assert Devices.all().mesh.axis_names == (AXIS,)


def test_a_compiled_recurrence_without_its_library_is_refused(monkeypatch):
    monkeypatch.setattr(step, "available", lambda: False)
    with pytest.raises(RecipeError, match="recurrence = 'compiled' runs on CPUs where its library was built"):
        step.form_of(ComputationSettings(recurrence="compiled"))
