"""Rounding in training is the rounding of deployment, bit for bit; its derivative is that of no rounding."""

from functools import partial

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.quant.scheme import W8A16, to_codes
from linnet.quant.scheme import largest_exponent as largest_exponent_deployed
from linnet.quant.straight_through import largest_exponent, rounded, rounded_rows

N = 16
bits = st.sampled_from([4, 8, 16])
powers = st.integers(-60, 60).map(lambda k: 2.0**k)
borders = st.builds(  # near what rounds to one code too many
    lambda width, k, d: (2.0 ** (width - 1) - 0.5 + d * 2.0**-8) * 2.0**k,
    bits,
    st.integers(-40, 40),
    st.integers(-2, 2),
)
magnitudes = st.one_of(st.floats(2.0**-60, 2.0**60, width=32), powers, borders, st.just(0.0))
largest = st.lists(magnitudes, min_size=N, max_size=N).map(lambda v: np.array(v, np.float32))
halves = st.builds(lambda code, half: code + half / 2, st.integers(-40000, 40000), st.integers(-1, 1))
values = st.lists(st.one_of(halves, st.floats(-1e9, 1e9, width=32)), min_size=N, max_size=N)

exponents_of = jax.jit(largest_exponent, static_argnums=1)
rounded_by = jax.jit(rounded, static_argnums=2)
rounded_rows_to = jax.jit(partial(rounded_rows, scheme=W8A16), static_argnums=1)


@settings(max_examples=60)
@given(sizes=largest, width=bits)
@example(sizes=np.full(N, 127.5, np.float32), width=8)
@example(sizes=np.full(N, 127.4995, np.float32), width=8)
def test_exponents_are_those_of_deployment(sizes, width):
    assert np.array_equal(exponents_of(sizes, width), largest_exponent_deployed(sizes, width))


@settings(max_examples=60)
@given(codes=values, exponent=st.integers(-40, 40), width=bits)
def test_values_become_what_their_codes_are_worth(codes, exponent, width):
    value = np.array(codes, np.float32) * np.float32(2.0**-exponent)
    expected = to_codes(value, exponent, width) * 2.0**-exponent
    assert np.array_equal(rounded_by(value, exponent, width), expected.astype(np.float32))


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), width=bits)
def test_every_row_has_the_scale_it_is_deployed_with(seed, width):
    rng = np.random.default_rng(seed)
    matrix = (rng.standard_normal((4, N)) * 2.0 ** rng.integers(-20, 20, (4, 1))).astype(np.float32)
    matrix[3] = 0
    exponent = largest_exponent_deployed(np.abs(matrix).max(1), width)[:, None]
    assert np.array_equal(rounded_rows_to(matrix, width), to_codes(matrix, exponent, width) * 2.0**-exponent)
    assert np.array_equal(rounded_rows_to(matrix[:, 0], width)[3], 0)


def test_a_row_that_has_all_but_vanished_gives_numbers():
    row = np.array([[2.0**-124, 0.0]], np.float32)  # 8 bits would ask for 2^130, which float32 cannot hold
    assert np.isfinite(np.asarray(rounded_rows_to(row, 8))).all()


def test_the_derivative_is_one_even_where_a_value_saturates():
    value = jnp.array([0.3, 1e6, -1e6, 0.0])
    gradient = jax.jit(jax.grad(lambda v: jnp.sum(rounded(v, jnp.int32(4), 8) * jnp.arange(4.0))))(value)
    assert np.array_equal(gradient, np.arange(4.0))
    rows = jax.jit(jax.grad(lambda v: jnp.sum(rounded_rows(v, 8, W8A16))))(value.reshape(2, 2))
    assert np.array_equal(rows, np.ones((2, 2)))
