"""Pruning as a transformation of any tree: masks in its state, decay in its moves, the same rule as everywhere."""

import runpy
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp
import optax

from linnet.sparsity.masks import SparsitySettings, choose_masks
from linnet.sparsity.transform import PruneState, masked, prune
from tests.source_tree import ROOT

RNG = np.random.default_rng(0)
PARAMS = {"w": jnp.asarray(RNG.standard_normal((8, 12)), jnp.float32), "b": jnp.ones(8)}
GRADS = jax.tree.map(lambda leaf: 0.01 * leaf, PARAMS)
ASKED = SparsitySettings(density=0.25, start=0.0, end=0.5, every=3)
UPDATES = 12


@pytest.fixture(scope="module")
def course() -> list[tuple[dict, PruneState]]:
    """Params and states of a run, from before its first update."""
    moves = optax.chain(optax.sgd(1.0), prune(ASKED, updates=UPDATES, pruned_decay=0.5))
    update, params, state = jax.jit(moves.update), PARAMS, moves.init(PARAMS)
    seen = [(params, state[-1])]
    for _ in range(UPDATES):
        move, state = update(GRADS, state, params)
        params = optax.apply_updates(params, move)
        seen.append((params, state[-1]))
    return seen


def test_masks_are_chosen_every_so_many_updates_by_the_rule_of_all_masks_and_stay_after_the_end(course):
    before = course[0][1].masks["w"]
    for count, (params, state) in enumerate(course):
        assert int(state.moves) == count
        renewed = count % ASKED.every == 0 and count <= 6
        expected = (
            choose_masks({"w": jnp.abs(params["w"])}, count / UPDATES, ASKED)["w"] if renewed else before
        )
        assert np.array_equal(state.masks["w"], expected)
        before = state.masks["w"]
    assert before.sum() == 24


def test_pruned_weights_decay_after_their_move_and_all_others_only_move(course):
    for (params, state), (after, _) in pairwise(course):
        moved = np.asarray(params["w"]) - np.asarray(GRADS["w"])
        expected = np.where(state.masks["w"], moved, 0.5 * moved)
        np.testing.assert_allclose(after["w"], expected, rtol=0, atol=2.0**-21)
        np.testing.assert_allclose(after["b"], np.asarray(params["b"]) - 0.01, rtol=0, atol=1e-6)


def test_the_forward_pass_sees_zeros_and_the_way_back_all_weights(course):
    params, state = course[-1]
    seen = masked(params, (optax.EmptyState(), state))
    assert np.array_equal(seen["w"], np.where(state.masks["w"], params["w"], 0))
    gradient = jax.grad(lambda p: jnp.sum(masked(p, state)["w"]))(params)
    assert np.array_equal(gradient["w"], np.ones((8, 12)))


def test_a_pruned_weight_that_is_moved_most_comes_back_where_weights_regrow():
    asked = SparsitySettings(density=0.25, start=0.0, end=0.5, every=1, regrow=0.5)
    moves = optax.chain(optax.sgd(1.0), prune(asked, updates=UPDATES))
    update, state = jax.jit(moves.update), moves.init(PARAMS)
    for _ in range(4):
        still, state = update(jax.tree.map(jnp.zeros_like, PARAMS), state, PARAMS)
        assert not np.asarray(still["b"]).any()
    back = tuple(np.argwhere(~np.asarray(state[-1].masks["w"]))[-1])
    pulled = {"w": jnp.zeros((8, 12)).at[back].set(1e-6), "b": jnp.zeros(8)}
    kept = int(state[-1].masks["w"].sum())
    assert not state[-1].masks["w"][back]
    masks = update(pulled, state, PARAMS)[1][-1].masks["w"]
    assert masks[back]
    assert 24 <= masks.sum() <= kept


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (
            partial(prune, SparsitySettings(density=0.5), updates=14),
            "chosen after 100 of 14 updates, too late",
        ),
        (lambda: prune(ASKED, updates=UPDATES).init({"b": jnp.ones(3)}), "nothing to prune; give the arrays"),
        (
            lambda: prune(SparsitySettings(density=0.5, pattern="n:m"), updates=1000).init(
                jnp.ones((2, 2, 2))
            ),
            "is no matrix .*works on rows; leave it out by `prunable`",
        ),
        (
            lambda: prune(ASKED, updates=UPDATES).update(GRADS, prune(ASKED, updates=UPDATES).init(PARAMS)),
            "prune got no params, and it ranks weights by their size; call update",
        ),
        (lambda: masked(PARAMS, optax.EmptyState()), "holds 0 states of prune"),
    ],
)
def test_what_cannot_be_pruned_is_refused(act, said):
    with pytest.raises(ValueError, match=said):
        act()


@pytest.mark.long
def test_the_example_keeps_a_tenth_and_learning_wins_over_cutting(capsys):
    runpy.run_path(str(ROOT / "examples" / "prune_any_model.py"))["main"](updates=300)
    lines = [line.replace(",", "").split() for line in capsys.readouterr().out.splitlines()]
    densities, losses = [float(line[-3]) for line in lines], [float(line[-1]) for line in lines]
    assert densities == [1.0, 0.1, 0.1]
    assert losses[2] < losses[1] / 2
