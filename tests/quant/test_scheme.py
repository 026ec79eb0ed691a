"""Exponents are the largest that hold a range; codes are the rounding rule of numerics."""

import dataclasses
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.numerics import saturate
from linnet.quant.scheme import FINEST_EXPONENT, SCHEMES, W8A16, Scheme, largest_exponent, to_codes

magnitudes = st.floats(1e-30, 1e30)
bits = st.sampled_from([8, 16, 30, 32])


@settings(max_examples=25, deadline=None)
@given(largest=magnitudes, bits=bits)
def test_the_exponent_holds_the_range_and_one_more_would_not(largest, bits):
    top, exponent = 2 ** (bits - 1) - 1, int(largest_exponent(np.array(largest), bits))
    exact = Fraction(largest) * Fraction(2) ** exponent
    assert floor(exact + Fraction(1, 2)) <= top
    # within a thousandth of a code of the border either answer is right: the logarithm is a float
    assert floor(2 * exact + Fraction(1, 2) + Fraction(1, 500)) > top


def test_exponents_go_element_by_element_and_zero_has_none():
    assert list(largest_exponent(np.array([0.0, 1.0, -2.0, 127.4, 127.6]), 8)) == [0, 6, 5, 0, -1]


@settings(max_examples=25, deadline=None)
@given(value=st.floats(-1e6, 1e6), exponent=st.integers(-20, 20), bits=bits)
def test_codes_are_rounded_halves_up_and_saturated(value, exponent, bits):
    exact = floor(Fraction(value) * Fraction(2) ** exponent + Fraction(1, 2))
    # the sum with 1/2 is rounded to float64, which matters only where it is within 2^-20 of a border
    nearby = {
        floor(Fraction(value) * Fraction(2) ** exponent + Fraction(1, 2) + d)
        for d in (Fraction(-1, 2**20), Fraction(1, 2**20))
    }
    found = int(to_codes(np.array(value), exponent, bits))
    assert found in {
        int(saturate(np.array([each]), bits)[0]) for each in nearby | {exact} if abs(each) < 2**62
    }


def test_halves_go_up():
    assert list(to_codes(np.array([0.5, -0.5, 1.5, -1.5]), 0, 8)) == [1, 0, 2, -1]


def test_saturation_is_at_the_ends_of_the_width():
    assert list(to_codes(np.array([1e9, -1e9]), 4, 16)) == [32767, -32768]


@settings(max_examples=25, deadline=None)
@given(largest=st.floats(2.0**-14, 1e9))
def test_an_activation_may_pass_its_calibrated_range_by_the_headroom(largest):
    exponent = W8A16.activation_exponent(largest, 16)
    assert 2 * largest * 2.0**exponent < 32767.5
    assert 2 * largest * 2.0 ** (exponent + 1) > 32767


@pytest.mark.parametrize("largest", [1e-6, 1e-30, 1e-300])
def test_a_wire_that_is_all_but_dead_gets_no_absurd_exponent(largest):
    assert W8A16.activation_exponent(largest, 16) == FINEST_EXPONENT


def test_a_dead_wire_has_exponent_zero():
    assert W8A16.activation_exponent(0.0, 16) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"weight_bits": 3}, {"activation_bits": 4}, {"decay_bits": 8}, {"weight_bits_of_names": (("x", 16),)}],
)
def test_widths_that_a_program_cannot_hold_are_refused(wrong):
    with pytest.raises(ValueError, match="cannot be lowered"):
        Scheme(**wrong)


@pytest.mark.parametrize("field", ["weight_kind", "weight_scale", "weight_fit", "wire_fit"])
def test_other_ways_to_round_are_refused_with_those_there_are(field):
    with pytest.raises(ValueError, match=f"{field}='column' is no way to round; choose one of"):
        Scheme(**{field: "column"})  # type: ignore[arg-type]  # a wrong value is what is tested


@pytest.mark.parametrize("wrong", [{"headroom_bits": -1}, {"state_guard_bits": 32}])
def test_guards_that_leave_nothing_to_guard_are_refused(wrong):
    with pytest.raises(ValueError, match="leave no bits"):
        Scheme(**wrong)


def test_the_first_pattern_that_fits_a_name_decides_its_bits():
    scheme = Scheme(
        weight_bits=4, weight_bits_of_names=(("layers.0.*", 8), ("layers.*.ssm.B", 4), ("*.B", 8))
    )
    bits = {
        name: scheme.weight_bits_of(name) for name in ("layers.0.ssm.B", "layers.1.ssm.B", "x.B", "decoder")
    }
    assert bits == {"layers.0.ssm.B": 8, "layers.1.ssm.B": 4, "x.B": 8, "decoder": 4}


def test_the_mixed_scheme_spares_both_ends_and_what_is_one_weight_per_feature():
    bits = {name: SCHEMES["mixed"].weight_bits_of(name) for name in ("encoder.weight", "decoder.weight")}
    assert set(bits.values()) == {8}
    assert [SCHEMES["mixed"].weight_bits_of(f"layers.2.ssm.{name}") for name in "BCD"] == [4, 4, 8]


def test_a_scheme_is_strings_and_numbers_that_a_table_can_hold():
    for scheme in SCHEMES.values():
        assert Scheme(**dataclasses.asdict(scheme)) == scheme
        for value in dataclasses.asdict(scheme).values():
            assert isinstance(value, (str, int, tuple))
