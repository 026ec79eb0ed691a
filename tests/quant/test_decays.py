"""Codes of decays keep time constants and never let a state grow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.quant.decays import LARGEST_DECAY_SHIFT, decay_codes, decay_values


@settings(max_examples=25, deadline=None)
@given(
    decay=st.floats(1e-9, 3.0),
    angle=st.one_of(st.floats(-3.2, 3.2), st.floats(-1e-3, 1e-3)),
    slow=st.booleans(),
)
def test_decays_are_exact_to_a_fraction_of_their_distance_from_one_and_never_grow(decay, angle, slow):
    Lambda = np.exp(-(decay * 1e-6 if slow else decay) + 1j * angle)
    parts = np.array([Lambda.real]), np.array([Lambda.imag])
    codes_re, codes_im, shift = decay_codes(parts)
    assert codes_re.dtype == codes_im.dtype == np.int16
    assert 0 <= shift[0] <= LARGEST_DECAY_SHIFT
    one, re, im = 2 ** int(shift[0]), int(codes_re[0]), int(codes_im[0])
    assert (one + re) ** 2 + im**2 < one**2, "the state would grow"
    distance = max(abs(Lambda.real - 1), abs(Lambda.imag), 2.0**-31)
    error = max(abs((one + re) / one - Lambda.real), abs(im / one - Lambda.imag))
    # the scale leaves 15 bits below twice the distance; a move inwards costs one code more
    assert error <= 1.5 * 2 * distance * 2.0**-15


def test_the_time_constant_of_a_slow_state_is_kept():
    for less in (5e-4, 1e-5, 1e-6):
        codes_re, _, shift = decay_codes((np.array([1 - less]), np.array([0.0])))
        assert -codes_re[0] / 2.0 ** int(shift[0]) == pytest.approx(less, rel=2.0**-15)


def test_values_are_what_the_codes_stand_for():
    re, im = decay_values((np.array([-3], np.int16), np.array([5], np.int16), np.array([4], np.uint8)))
    assert (re[0], im[0]) == (1 - 3 / 16, 5 / 16)


def test_values_that_codes_can_hold_come_back():
    held = np.array([0.75, 1 - 2.0**-11]), np.array([-0.125, 2.0**-12])
    assert np.array_equal(decay_values(decay_codes(held)), held)
