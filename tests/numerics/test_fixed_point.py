"""Rounding, saturation and shifts, against exact rational arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.numerics import (
    LARGEST_SHIFT,
    SMALLEST_SHIFT,
    QFormat,
    requantize,
    saturate,
    shift_right_round,
)

WIDE = st.integers(-(1 << 61), (1 << 61) - 1)
ACCUMULATORS = st.integers(-(1 << 31), (1 << 31) - 1)


def clamp(value: int, bits: int) -> int:
    return max(-(1 << (bits - 1)), min((1 << (bits - 1)) - 1, value))


@given(WIDE, st.integers(0, LARGEST_SHIFT))
def test_shifting_is_division_with_ties_upward(value: int, shift: int) -> None:
    expected = math.floor(Fraction(value, 1 << shift) + Fraction(1, 2))
    assert int(shift_right_round(value, shift)) == expected


@given(ACCUMULATORS, st.integers(SMALLEST_SHIFT, LARGEST_SHIFT), st.sampled_from([8, 16, 32]))
def test_requantize_is_the_rounded_product_with_a_power_of_two_held_at_the_rails(
    value: int, shift: int, bits: int
) -> None:
    exact = Fraction(value) * Fraction(2) ** -shift
    assert int(requantize(value, shift, bits)) == clamp(math.floor(exact + Fraction(1, 2)), bits)


@given(st.integers(-(1 << 62), 1 << 62), st.sampled_from([8, 16, 32]))
def test_saturation_clamps(value: int, bits: int) -> None:
    assert int(saturate(value, bits)) == clamp(value, bits)


@given(st.lists(st.tuples(ACCUMULATORS, st.integers(-31, 47)), min_size=1, max_size=20))
def test_arrays_with_a_shift_each_are_the_same_as_one_by_one(pairs: list[tuple[int, int]]) -> None:
    values, shifts = np.array(pairs, np.int64).T
    together = requantize(values, shifts.astype(np.int8), 16)
    assert together.dtype == np.int64
    assert together.tolist() == [int(requantize(value, shift, 16)) for value, shift in pairs]


@pytest.mark.parametrize(
    ("value", "shift", "result"), [(1, 1, 1), (-1, 1, 0), (3, 1, 2), (-3, 1, -1), (-4, 3, 0), (-5, 3, -1)]
)
def test_ties_go_upward_on_both_sides_of_zero(value: int, shift: int, result: int) -> None:
    assert int(shift_right_round(value, shift)) == result


@given(st.integers(-32768, 32767), st.integers(-8, 30))
def test_codes_survive_dequantize_and_quantize(code: int, exponent: int) -> None:
    form = QFormat(16, exponent)
    assert int(form.quantize(form.dequantize(code))) == code


@given(st.floats(-1e3, 1e3), st.integers(0, 12))
def test_quantizing_misses_by_at_most_half_a_step(value: float, exponent: int) -> None:
    form = QFormat(32, exponent)
    assert abs(float(form.dequantize(form.quantize(value))) - value) <= form.scale / 2


def test_quantize_holds_at_the_rails_and_gives_zero_for_nan() -> None:
    assert QFormat(8, 0).quantize([1e9, -1e9, np.inf, -np.inf, np.nan]).tolist() == [127, -128, 127, -128, 0]


def test_an_unknown_width_is_refused() -> None:
    with pytest.raises(ValueError, match="choose 8, 16 or 32"):
        QFormat(12, 0)
