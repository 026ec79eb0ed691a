"""The eight-bit floats are those that JAX has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.quant.fp8 import FLOATS

jax = pytest.importorskip("jax")
TYPES = {"e4m3": jax.numpy.float8_e4m3fn, "e5m2": jax.numpy.float8_e5m2}

kinds = pytest.mark.parametrize("name", FLOATS)


def all_values(name: str) -> np.ndarray:
    values = np.arange(256, dtype=np.uint8).view(TYPES[name]).astype(np.float64)
    return np.unique(values[np.isfinite(values)])


@kinds
def test_every_value_of_the_type_stays(name):
    assert np.array_equal(FLOATS[name].nearest(all_values(name)), all_values(name))
    assert all_values(name).max() == FLOATS[name].largest


@kinds
def test_values_between_and_halves_are_rounded_as_the_type_rounds_them(name):
    rng, held = np.random.default_rng(0), all_values(name)
    between = np.concatenate([(held[1:] + held[:-1]) / 2, rng.uniform(held[:-1], held[1:])])
    expected = between.astype(np.float32).astype(TYPES[name]).astype(np.float64)
    assert np.array_equal(FLOATS[name].nearest(between.astype(np.float32).astype(np.float64)), expected)


@kinds
def test_what_is_too_large_saturates(name):
    assert list(FLOATS[name].nearest(np.array([1e9, -1e9]))) == [FLOATS[name].largest, -FLOATS[name].largest]


@kinds
@settings(max_examples=25, deadline=None)
@given(largest=st.floats(1e-30, 1e30))
def test_the_scale_holds_the_largest_and_one_more_would_not(name, largest):
    kind = FLOATS[name]
    exponent = float(kind.scale_exponents(np.array([largest]))[0])
    assert largest * 2.0**exponent <= kind.largest < 2 * largest * 2.0**exponent


@kinds
def test_a_row_of_zeros_has_exponent_zero(name):
    assert list(FLOATS[name].scale_exponents(np.array([0.0]))) == [0]
