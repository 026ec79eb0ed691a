"""Masks of several matrices at every moment of a run, and how weights learn beneath them."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.sparsity.distribution import DISTRIBUTIONS
from linnet.sparsity.masks import (
    SparsitySettings,
    choose_masks,
    decay_pruned,
    density_of,
    masking,
    straight_through,
    without_derivative,
)

SHAPES = {"in": (24, 33), "deep": (24, 24), "small": (2, 3)}
RNG = np.random.default_rng(0)
SCORES = {name: RNG.random(shape).astype(np.float32) for name, shape in SHAPES.items()}
SIZES = {name: each.size for name, each in SCORES.items()}
SHARES = np.array([0.0, 0.05, 0.06, 0.2, 0.5, 0.74, 0.75, 1.0], np.float32)
PACKED = {"pattern": "packed", "window": 8}
EVERY = [
    {"distribution": "erk"},
    {"distribution": "uniform"},
    {"distribution": "global"},
    PACKED,
    PACKED | {"distribution": "uniform"},
    {"pattern": "sliced"},
    {"pattern": "n:m", "m": 10},
]
WITHOUT_ROUNDING = 1e-3  # of a weight: shares are float32


@cache
def counts(**words: object) -> dict[str, np.ndarray]:
    """How many weights of each matrix stay at each of SHARES."""
    masks = at_all_shares(**words)
    return {name: mask.reshape(SHARES.size, -1).sum(1) for name, mask in masks.items()}


@cache
def at_all_shares(**words: object) -> dict[str, np.ndarray]:
    """Masks of density 0.1 in the end, [shares, out, in]."""
    asked = SparsitySettings(density=0.1, **words)  # type: ignore[arg-type]
    scores = {name: jnp.asarray(each) for name, each in SCORES.items()}
    choose = jax.jit(lambda share: choose_masks(scores, share, asked))
    masks = [choose(share) for share in SHARES]
    return {name: np.stack([mask[name] for mask in masks]) for name in SHAPES}


@pytest.mark.parametrize("words", EVERY, ids=lambda words: " ".join(map(str, words.values())))
def test_everything_stays_until_the_start_and_less_and_less_after_it(words):
    for name, kept in counts(**words).items():
        assert list(kept[:2]) == [SIZES[name]] * 2
        assert np.all(np.diff(kept) <= 0)
        assert kept[-1] == kept[-2]


@pytest.mark.parametrize("distribution", list(DISTRIBUTIONS))
def test_unstructured_masks_have_the_number_of_their_distribution_to_half_a_weight(distribution):
    final = DISTRIBUTIONS[distribution](SHAPES, 0.1)
    left = 1 - np.clip((SHARES.astype(float) - 0.05) / 0.7, 0, 1)
    for name, kept in counts(distribution=distribution).items():
        exact = (final[name] + (1 - final[name]) * left**3) * SIZES[name]
        assert np.abs(kept - exact).max() <= 0.5 + WITHOUT_ROUNDING


def test_erk_and_uniform_and_global_keep_the_same_in_all():
    whole, wanted = sum(SIZES.values()), 0.1 * sum(SIZES.values())
    for distribution in ("erk", "uniform", "global"):
        last = [int(kept[-1]) for kept in counts(distribution=distribution).values()]
        assert abs(sum(last) - wanted) <= 0.5 * (1 if distribution == "global" else len(last))
        assert 0 < sum(last) < whole


def test_a_global_mask_keeps_exactly_the_highest_scores_of_all():
    masks = {name: mask[-1] for name, mask in at_all_shares(distribution="global").items()}
    kept = np.concatenate([SCORES[name][mask] for name, mask in masks.items()])
    dropped = np.concatenate([SCORES[name][~mask] for name, mask in masks.items()])
    assert kept.size == round(0.1 * sum(SIZES.values()))
    assert kept.min() > dropped.max()


@pytest.mark.parametrize("distribution", list(DISTRIBUTIONS))
def test_packed_masks_have_whole_groups_and_the_number_of_their_distribution_to_half_a_group(distribution):
    words = PACKED | {"distribution": distribution}
    final = DISTRIBUTIONS[distribution](SHAPES, 0.1)
    masks = at_all_shares(**words)
    for name in ("in", "deep"):
        mask = masks[name][2:]  # before that all stay
        for first in range(0, mask.shape[-1], 8):
            in_window = mask[..., first : first + 8].sum(-1)
            assert np.all(in_window % 4 == 0)
        assert abs(mask[-1].sum() - final[name] * SIZES[name]) <= 2 + WITHOUT_ROUNDING


def test_sliced_masks_have_pairs_in_every_window_and_the_number_of_their_distribution_to_a_group():
    final = DISTRIBUTIONS["erk"](SHAPES, 0.1)
    masks = at_all_shares(pattern="sliced")
    for name in ("in", "deep"):
        mask = masks[name][2:]  # before that all stay
        for first in range(0, mask.shape[-1], 16):
            assert np.all(mask[..., first : first + 16].sum(-1) % 2 == 0)
        assert 0 <= final[name] * SIZES[name] - mask[-1].sum() <= 32 + WITHOUT_ROUNDING


def test_n_of_m_masks_are_what_they_will_be_as_soon_as_they_begin():
    kept = counts(pattern="n:m", m=10)
    for name, (rows, columns) in SHAPES.items():
        assert kept[name][2] == kept[name][-1] == rows * -(-columns // 10)


@pytest.mark.parametrize("distribution", ["erk", "global"])
def test_scores_of_pairs_give_the_whole_the_density_asked_for(distribution):
    """Of "in", a score stands for two weights, as for both parts of a complex one."""
    doubled = SHAPES | {"in": (48, 33)}
    asked = SparsitySettings(density=0.1, distribution=distribution)
    masks = jax.jit(lambda scores: choose_masks(scores, 1.0, asked, shapes=doubled))(SCORES)
    kept = sum(int(mask.sum()) * (2 if name == "in" else 1) for name, mask in masks.items())
    assert abs(kept - 0.1 * (sum(SIZES.values()) + SIZES["in"])) <= 0.5 * 2 + 1


weights = st.lists(st.floats(-1e6, 1e6, width=32), min_size=6, max_size=6).map(
    lambda w: np.where(np.abs(w) < 1e-30, 0, w).astype(np.float32)  # XLA has no subnormal numbers
)
bits = st.lists(st.booleans(), min_size=6, max_size=6).map(np.array)


@settings(max_examples=20)
@given(value=weights, mask=bits, g=weights)
def test_a_pruned_weight_is_zero_going_forward_and_there_going_back(value, mask, g):
    out, back = jax.vjp(lambda w: straight_through(w, mask), jnp.asarray(value))
    assert np.array_equal(out, np.where(mask, value, 0))
    assert np.array_equal(back(jnp.asarray(g))[0], g)


@settings(max_examples=20)
@given(value=weights, mask=bits, g=weights)
def test_without_derivative_a_pruned_weight_is_not_moved(value, mask, g):
    out, back = jax.vjp(lambda w: without_derivative(w, mask), jnp.asarray(value))
    assert np.array_equal(out, np.where(mask, value, 0))
    assert np.array_equal(back(jnp.asarray(g))[0], np.where(mask, g, 0))


@settings(max_examples=20)
@given(value=weights, mask=bits, share=st.sampled_from([0.0, 0.25, 1.0]))
def test_pruned_weights_lose_a_share_of_themselves_and_all_others_nothing(value, mask, share):
    found = decay_pruned(
        {"a": jnp.asarray(value), "free": jnp.asarray(value)}, {"a": jnp.asarray(mask)}, share
    )
    assert np.array_equal(found["a"], np.where(mask, value, np.float32(1 - share) * value))
    assert np.array_equal(found["free"], value)


def test_the_tap_masks_what_has_a_mask():
    tap = masking({"a": jnp.array([True, False])})
    assert list(tap("a", jnp.array([3.0, 4.0]))) == [3.0, 0.0]
    untouched = jnp.ones(2)
    assert tap("b", untouched) is untouched


def test_density_is_over_all_masks_together():
    assert density_of({"a": jnp.array([True]), "b": jnp.array([False, False, True])}) == 0.5


@pytest.mark.parametrize(
    ("updates", "words", "last"),
    [
        (1000, {}, 800),  # the first hundred from 750 on
        (1000, {"end": 0.8}, 800),
        (100, {"end": 0.07, "start": 0.0, "every": 7}, 7),  # 0.07 * 100 is a little more than 7
        (14, {"end": 0.5, "every": 4}, 8),
        (14, {"end": 0.0, "start": 0.0, "every": 4}, 0),
    ],
)
def test_the_last_choice_is_the_first_from_the_end_on(updates, words, last):
    assert SparsitySettings(density=0.5, **words).last_choice(updates) == last


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"density": 0.0}, "density=0.0 is no share of the weights; choose more than 0, up to 1"),
        ({"density": 1.5}, "density=1.5 is no share"),
        (
            {"start": 0.8},
            "start=0.8 and end=0.75 are not in order within the run; choose 0 <= start <= end <= 1",
        ),
        ({"end": 1.1}, "end=1.1 are not in order"),
        ({"every": 0}, "every=0 counts nothing; give 1 or more"),
        ({"m": 0}, "m=0 counts nothing"),
        ({"window": 6}, "window=6 holds no whole groups of 4; give a multiple of 4"),
        (
            {"pattern": "packed", "distribution": "global"},
            "distribution='global' does not; choose 'erk' or 'uniform'",
        ),
        (
            {"pattern": "n:m", "density": 0.01},
            "leaves none of every m=16 weights; choose a larger m or density",
        ),
    ],
)
def test_settings_that_prune_nothing_sensible_are_refused(words, said):
    with pytest.raises(ValueError, match=said):
        SparsitySettings(**words)
