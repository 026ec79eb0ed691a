"""Which parameter moves by which rule, and how fast over time."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn.layers import Linear
from linnet.nn.network import Network
from linnet.nn.ssm import S5
from linnet.train.optimizer import optimizer, parameter_groups, schedule
from linnet.train.recipe import OptimizerSettings
from tests.kinds import as_a

SETTINGS = OptimizerSettings(warmup_updates=10, final_fraction=0.01)


@pytest.fixture(scope="module")
def model() -> Network:
    return Network.create(0, features=5, outputs=5, width=1 / 16, layers=1)


def test_the_rate_warms_up_linearly_then_falls_to_its_final_fraction():
    rate = schedule(SETTINGS, 100, 0.5)
    np.testing.assert_allclose([rate(u) for u in (0, 5, 10)], [0, 0.25, 0.5], rtol=1e-6)
    assert float(rate(55)) == pytest.approx((0.5 + 0.005) / 2, rel=1e-5)
    assert float(rate(100)) == pytest.approx(0.005, rel=1e-5)
    assert all(rate(u) >= rate(u + 1) for u in range(10, 100, 9))


@pytest.mark.parametrize("updates", [1, 2, 5])
def test_a_run_shorter_than_the_warm_up_still_moves(updates):
    rate = schedule(OptimizerSettings(warmup_updates=200), updates, 0.5)
    assert max(float(rate(u)) for u in range(updates + 1)) > 0


def test_the_state_space_and_the_rest_are_two_groups(model):
    groups = parameter_groups(model, separate_matrices=False)
    assert set(jax.tree.leaves(groups.layers[0].ssm)) == {"ssm"}
    rest = (groups.norm, groups.encoder, groups.decoder, groups.layers[0].norm, groups.layers[0].gate)
    assert set(jax.tree.leaves(rest)) == {"rest"}


def test_matrices_are_a_third_group_where_asked_for(model):
    groups = parameter_groups(model, separate_matrices=True)
    for name, leaf in zip(jax.tree.leaves(groups), jax.tree.leaves(model), strict=True):
        assert (name == "matrix") == (leaf.ndim == 2)


def second_move(model: Network, settings: OptimizerSettings) -> Network:
    moves = optimizer(settings, 100)
    gradient = jax.tree.map(lambda leaf: jnp.asarray(np.full_like(leaf, 1e-3)), model)
    state = jax.jit(moves.init)(model)
    update = jax.jit(moves.update)
    for _ in range(2):  # the first rate of a warm-up is zero
        move, state = update(gradient, state, model)
    return move


@pytest.mark.long
def test_only_the_rest_has_weight_decay_and_the_state_space_its_own_rate(model):
    settings = OptimizerSettings(
        learning_rate=0.1, ssm_learning_rate=0.01, weight_decay=0.5, warmup_updates=1
    )
    move = second_move(model, settings)
    # Adam's second move at a constant gradient is minus the rate; AdamW's has the decay on top
    np.testing.assert_allclose(as_a(S5, move.layers[0].ssm).B_re, -0.01, rtol=1e-3)
    expected = -0.1 * (1 + 0.5 * np.asarray(as_a(Linear, model.encoder).weight))
    np.testing.assert_allclose(as_a(Linear, move.encoder).weight, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.long
def test_a_huge_gradient_is_clipped(model):
    moves = optimizer(OptimizerSettings(clip_norm=1.0), 100)
    gradient = jax.tree.map(lambda leaf: jnp.full_like(leaf, 1e6), model)
    _, state = jax.jit(moves.update)(gradient, moves.init(model), model)
    means = [leaf for leaf in jax.tree.leaves(state) if getattr(leaf, "ndim", 0) > 0]
    assert all(np.abs(leaf).max() < 1.0 for leaf in means)
