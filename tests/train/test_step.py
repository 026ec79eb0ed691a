"""One update: statistics that start as plain means, a loss that falls, weights that all move."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax

from linnet.audio.stft import stft
from linnet.train import loop
from linnet.train.enhance import features_of
from linnet.train.step import initial_state
from tests.train.small import small_recipe

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
    features = np.asarray(features_of(stft(jax.numpy.asarray(NOISY), RECIPE.front_end), RECIPE.front_end))
    mean, variance = trained[1][0].statistics.features
    np.testing.assert_allclose(mean, features.mean((0, 1)), rtol=1e-4)
    np.testing.assert_allclose(variance, features.var((0, 1)), rtol=1e-3, atol=1e-6)


def test_statistics_of_one_batch_seen_again_stay_where_they_are(trained):
    of_first, of_last = (trained[i][0].statistics.features for i in (1, -1))
    for one, other in zip(of_first, of_last, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3)  # the variance cancels to about 2^-24 mean^2
