"""A matrix becomes codes by one rule, and its codes stand for it between the wires it was rounded for."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.quant.matrices import LARGEST_SUM_OF_CODES, WireFormat, float8_values, matrix_codes
from linnet.quant.scheme import W4A16, W8A16, Scheme, largest_exponent

SOURCE, TARGET = WireFormat(16, 12), WireFormat(16, 10)
PER_MATRIX = replace(W8A16, weight_scale="matrix")
LEAST_SQUARES = replace(W8A16, weight_fit="least-squares")


def random_rows(seed: int, rows: int = 6, columns: int = 40) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, columns)) * np.exp2(rng.uniform(-6, 6, (rows, 1)))


def values(weight: np.ndarray, bits: int, scheme: Scheme, bias: float = 0.0) -> np.ndarray:
    codes = matrix_codes(weight, np.full(len(weight), bias), SOURCE, TARGET, scheme=scheme, bits=bits)
    return codes.values(SOURCE, TARGET)[0]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), bits=st.sampled_from([4, 8]))
def test_weights_are_exact_to_half_a_step_of_their_row(seed, bits):
    weight = random_rows(seed)
    step = np.exp2(-largest_exponent(np.abs(weight).max(1), bits).astype(float))
    assert (np.abs(values(weight, bits, W8A16) - weight) <= step[:, None] / 2 * (1 + 1e-9)).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), bits=st.sampled_from([4, 8]))
def test_rounding_what_is_rounded_changes_nothing(seed, bits):
    once = values(random_rows(seed), bits, W8A16)
    assert np.array_equal(values(once, bits, W8A16), once)


@pytest.mark.parametrize("scheme", [W8A16, PER_MATRIX, LEAST_SQUARES], ids=["row", "matrix", "least-squares"])
def test_codes_of_four_bits_stay_within_them(scheme):
    codes = matrix_codes(random_rows(0), np.zeros(6), SOURCE, TARGET, scheme=scheme, bits=4).weight
    assert codes.dtype == np.int8
    assert codes.min() >= -8
    assert codes.max() <= 7
    assert np.abs(codes).max() >= 4


def test_a_scale_per_matrix_is_one_shift_that_holds_its_largest_row():
    weight = random_rows(1)
    codes = matrix_codes(weight, np.zeros(6), SOURCE, TARGET, scheme=PER_MATRIX, bits=8)
    assert len(set(codes.shift.tolist())) == 1
    assert 64 <= np.abs(codes.weight.astype(int)).max() <= 127


def test_a_scale_per_matrix_does_not_mind_rows_of_zeros():
    weight = random_rows(1)
    with_zeros = np.concatenate([weight, np.zeros((1, 40))])
    assert np.array_equal(values(with_zeros, 8, PER_MATRIX)[:-1], values(weight, 8, PER_MATRIX))


def test_a_large_bias_holds_back_its_row_or_all_of_its_matrix():
    weight, bias = random_rows(2), np.array([0.0, 1e6, 0.0, 0.0, 0.0, 0.0])
    shifts = {
        scheme.weight_scale: matrix_codes(weight, bias, SOURCE, TARGET, scheme=scheme, bits=8).shift
        for scheme in (W8A16, PER_MATRIX)
    }
    assert shifts["row"][1] < min(np.delete(shifts["row"], 1))
    assert set(shifts["matrix"].tolist()) == {shifts["row"][1]}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), bits=st.sampled_from([4, 8]))
def test_least_squares_leaves_no_row_more_error_than_the_largest_weight_does(seed, bits):
    weight = random_rows(seed) ** 3  # a few large ones
    errors = [
        ((values(weight, bits, scheme) - weight) ** 2).sum(1)
        for scheme in (replace(W4A16, weight_fit="largest"), W4A16)
    ]
    assert (errors[1] <= errors[0]).all()


def test_least_squares_gives_up_a_lone_large_weight_where_that_pays():
    weight = np.full((1, 400), 0.9)
    weight[0, 0] = 8.0
    assert np.abs(values(weight, 4, W4A16) - 0.9)[0, 1:].max() < 0.2
    assert values(weight, 4, W4A16)[0, 0] < 8.0
    assert values(weight, 4, replace(W4A16, weight_fit="largest"))[0, 0] == 8.0


@pytest.mark.parametrize(("columns", "code"), [(300, 127), (600, 64)])
def test_least_squares_refrains_where_sums_could_overflow(columns, code):
    weight = np.full((1, columns), 127.0)
    weight[0, :2] = 130.0  # worth giving up, unless so many codes of 127 sum up to too much
    codes = matrix_codes(weight, np.zeros(1), SOURCE, TARGET, scheme=LEAST_SQUARES, bits=8).weight
    assert set(codes[0, 2:].tolist()) == {code}
    assert np.abs(codes.astype(int)).sum() < LARGEST_SUM_OF_CODES


def test_a_spread_scales_rows_and_columns_and_the_values_come_back():
    rng = np.random.default_rng(3)
    weight, bias = rng.integers(-127, 128, (4, 5)) * 0.5, rng.integers(-9, 9, 4) * 1.0
    source = WireFormat(16, 4, np.array([0, 3, -2, 1, 0]))
    target = WireFormat(16, 3, np.array([5, 0, -1, 2]))
    by_row, by_column = np.exp2(target.spread)[:, None], np.exp2(source.spread)
    codes = matrix_codes(weight / by_row * by_column, bias, source, target, scheme=W8A16, bits=8)
    plain = matrix_codes(weight, bias, WireFormat(16, 4), WireFormat(16, 3), scheme=W8A16, bits=8)
    assert np.array_equal(codes.weight, plain.weight)
    found, biases = codes.values(source, target)
    assert np.array_equal(found, weight / by_row * by_column)
    assert np.array_equal(biases, bias)


@pytest.mark.parametrize("scale", ["row", "matrix"])
def test_floats_of_eight_bits_are_exact_to_their_mantissa(scale):
    weight = random_rows(4)
    scheme = replace(W8A16, weight_kind="e4m3", weight_scale=scale)
    found = float8_values(weight, SOURCE, TARGET, scheme=scheme)
    normal = np.abs(weight) > np.abs(weight).max(1 if scale == "row" else None, keepdims=True) * 2.0**-14
    assert normal.mean() > 0.9
    assert (np.abs(found - weight) <= np.abs(weight) * 2.0**-4)[normal].all()
