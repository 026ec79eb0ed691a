"""The linear map, the norm, and folding one into the other."""

import numpy as np
import pytest

pytest.importorskip("jax")
from functools import partial

import jax.numpy as jnp

from linnet.nn.layers import NORM_EPSILON, Linear, Moments, Norm, moments

RNG = np.random.default_rng(0)
X = (RNG.standard_normal((7, 3, 5)) * 2 + 1).astype(np.float32)
# sums of 21 (moments) or 5 (map) products of values below 10
assert_close = partial(np.testing.assert_allclose, rtol=32 * 2.0**-24, atol=32 * 2.0**-24 * 10)


def test_moments_are_mean_and_variance_over_all_but_the_features():
    found = moments(jnp.asarray(X))
    assert_close(found.mean, X.mean((0, 1), dtype=np.float64))
    assert_close(found.variance, X.var((0, 1), dtype=np.float64))


def test_the_variance_of_a_constant_is_not_negative():
    assert (np.asarray(moments(jnp.full((100, 4), 0.1)).variance) >= 0).all()


def test_a_folded_map_equals_normalising_first():
    linear = Linear.create(RNG, 5, 4)
    linear = Linear(linear.weight, jnp.asarray(RNG.standard_normal(4), jnp.float32))
    norm = Norm(
        jnp.asarray(RNG.uniform(0.5, 2, 5), jnp.float32), jnp.asarray(RNG.standard_normal(5), jnp.float32)
    )
    given = Moments(jnp.asarray(X.mean((0, 1))), jnp.asarray(X.var((0, 1))))
    normalised = (X - X.mean((0, 1))) / np.sqrt(X.var((0, 1)) + NORM_EPSILON) * np.asarray(
        norm.scale
    ) + norm.offset
    expected = normalised @ np.asarray(linear.weight).T + linear.bias
    assert_close(linear.folded(*norm.affine(given))(jnp.asarray(X)), expected)


def test_a_new_norm_gives_mean_zero_and_variance_one():
    multiplier, addend = Norm.create(5).affine(moments(jnp.asarray(X)))
    normalised = np.asarray(X * multiplier + addend)
    np.testing.assert_allclose(normalised.mean((0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(normalised.var((0, 1)), 1, atol=1e-4)  # epsilon over the variance, about 4


def test_a_feature_that_never_varies_gets_no_weight_and_changes_nothing():
    x = X.copy()
    x[..., 3] = 0.0
    given, linear = moments(jnp.asarray(x)), Linear.create(RNG, 5, 4)
    found = linear.folded(*Norm.create(5).affine(given))
    assert not np.asarray(found.weight)[:, 3].any()
    normalised = (x - np.asarray(given.mean)) / np.sqrt(np.asarray(given.variance) + NORM_EPSILON)
    assert_close(found(jnp.asarray(x)), normalised @ np.asarray(linear.weight).T)
