"""What an observer says of a wire."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax.numpy as jnp

from linnet.quant.observers import largest, percentile

VALUES = np.random.default_rng(0).standard_normal((50, 4, 3)).astype(np.float32)


def test_the_largest_is_of_absolute_values_per_feature():
    assert np.array_equal(largest(jnp.asarray(VALUES)), np.abs(VALUES).max((0, 1)))


def test_a_percentile_is_of_absolute_values_per_feature():
    expected = np.percentile(np.abs(VALUES).reshape(-1, 3), 90, axis=0)
    np.testing.assert_allclose(percentile(90)(jnp.asarray(VALUES)), expected, rtol=1e-6)


def test_all_of_it_is_the_largest():
    assert np.array_equal(percentile(100)(jnp.asarray(VALUES)), largest(jnp.asarray(VALUES)))


@pytest.mark.parametrize("percent", [0, -1, 100.1])
def test_what_is_no_percentage_is_refused(percent):
    with pytest.raises(ValueError, match=r"outside \(0, 100\]"):
        percentile(percent)
