"""Pruned weights that come back: who goes, who comes, how many, and until when."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
import jax

from linnet.sparsity.masks import SparsitySettings
from linnet.sparsity.regrowth import regrow

SHAPE = (6, 8)
exchanged = jax.jit(
    lambda mask, scores, pulls, share: regrow({"w": mask}, {"w": scores}, {"w": pulls}, share)["w"]
)


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0, 0.999), density=st.floats(0, 1))
def test_the_weakest_go_and_those_pulled_at_hardest_come_and_the_number_is_as_before(seed, share, density):
    rng = np.random.default_rng(seed)
    mask, scores, pulls = rng.random(SHAPE) < density, rng.random(SHAPE), rng.random(SHAPE)
    after = np.asarray(exchanged(mask, scores, pulls, share))
    count = mask.sum()
    assert after.sum() == count
    stay = int(np.round((np.float32(1) - np.float32(share)) * np.float32(count)))
    strongest = set(np.flatnonzero(mask)[np.argsort(-scores[mask])][:stay])
    rest = [each for each in np.argsort(-pulls, axis=None) if each not in strongest]
    expected = strongest | set(rest[: count - stay])
    assert set(np.flatnonzero(after)) == expected


def test_nothing_changes_where_no_share_is_exchanged_or_all_weights_stay():
    rng = np.random.default_rng(0)
    mask, scores, pulls = rng.random(SHAPE) < 0.3, rng.random(SHAPE), rng.random(SHAPE)
    assert np.array_equal(exchanged(mask, scores, pulls, 0.0), mask)
    assert exchanged(np.ones(SHAPE, bool), scores, pulls, 0.5).all()


def test_no_weight_goes_for_one_that_nothing_pulls_at():
    rng = np.random.default_rng(0)
    mask, scores, pulls = rng.random(SHAPE) < 0.3, rng.random(SHAPE), np.zeros(SHAPE)
    assert np.array_equal(exchanged(mask, scores, pulls, 0.5), mask)
    pulls[tuple(np.argwhere(~mask)[-1])] = 1e-9
    after = np.asarray(exchanged(mask, scores, pulls, 0.5))
    assert after[tuple(np.argwhere(~mask)[-1])]
    assert (mask & ~after).sum() == 1


def test_the_share_exchanged_falls_evenly_to_none_at_the_end():
    asked = SparsitySettings(density=0.1, end=0.8, regrow=0.4)
    np.testing.assert_allclose(
        [asked.regrown(t) for t in (0.0, 0.2, 0.4, 0.8, 1.0)], [0.4, 0.3, 0.2, 0, 0], atol=1e-7
    )
    assert SparsitySettings(start=0.0, end=0.0).regrown(0.0) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"regrow": 1.0}, "regrow=1.0 is no share of the weights that can be exchanged; choose 0 up to"),
        ({"regrow": -0.1}, "regrow=-0.1 is no share"),
        (
            {"regrow": 0.1, "pattern": "packed"},
            "pattern='packed' does not allow; choose pattern='unstructured'",
        ),
        ({"regrow": 0.1, "pattern": "n:m", "density": 0.2}, "pattern='n:m' does not allow"),
        (
            {"regrow": 0.1, "start": 0.0, "end": 0.0},
            "until end=0.0, so never; choose an end later in the run",
        ),
    ],
)
def test_what_cannot_be_exchanged_is_refused(words, said):
    with pytest.raises(ValueError, match=said):
        SparsitySettings(**words)
