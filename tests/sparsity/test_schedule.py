"""The density of the weights falls along a cubic, from 1 to what is wanted, and stays there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("jax")
import jax.numpy as jnp

from linnet.sparsity.schedule import cubic_density

SHARES = np.linspace(0, 1, 101).astype(np.float32)
halves = st.floats(0.0, 0.5), st.floats(0.5, 1.0), st.floats(0.01, 1.0)


@given(*halves)
def test_it_is_one_until_its_start_and_exactly_the_final_one_from_its_end(start, end, final):
    density = np.asarray(cubic_density(jnp.asarray(SHARES), final=final, start=start, end=end))
    assert np.all(density[np.float32(start) - 1e-6 >= SHARES] == 1)
    assert np.all(density[np.float32(end) + 1e-6 <= SHARES] == np.float32(final))


@given(*halves)
def test_it_never_rises(start, end, final):
    density = np.asarray(cubic_density(jnp.asarray(SHARES), final=final, start=start, end=end))
    assert np.all(np.diff(density) <= 1e-6)


def test_in_the_middle_an_eighth_of_the_way_is_left():
    assert cubic_density(0.4, final=0.1, start=0.05, end=0.75) == pytest.approx(0.1 + 0.9 / 8)
    assert cubic_density(0.225, final=0.0, start=0.05, end=0.75) == pytest.approx(27 / 64)


def test_without_a_stretch_between_start_and_end_it_falls_at_once():
    density = np.asarray(cubic_density(jnp.asarray([0.29, 0.3, 0.31]), final=0.25, start=0.3, end=0.3))
    assert list(density) == [1.0, 0.25, 0.25]
