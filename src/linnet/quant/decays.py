"""Codes of the decays of a diagonal recurrence, as the node DiagonalRecurrence (ir/nodes.py) holds them. NumPy only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.quant.scheme import largest_exponent, to_codes

LARGEST_DECAY_SHIFT = 46
INWARD_MOVES = 2  # rounding adds at most 2^-0.5 code to a radius, one move takes at least that away

DecayCodes = tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.uint8]]
"""Codes of Re(Lambda_bar) - 1 and of Im(Lambda_bar) and their shift, each [P]: Lambda_bar = 1 + code * 2^-shift."""


def decay_codes(Lambda_bar: tuple[Any, Any]) -> DecayCodes:
    """Codes of Lambda_bar - 1 and their shift per state: the distance from one keeps slow decays exact to 2^-15.

    A decay that rounding would put on or beyond the unit circle is moved one code inwards: no state may grow.
    """
    re, im = (np.asarray(part, np.float64) for part in Lambda_bar)
    distance = np.maximum(np.abs(re - 1), np.abs(im))
    shift = np.clip(largest_exponent(distance, 16), 0, LARGEST_DECAY_SHIFT)
    decay_re, decay_im = (to_codes(part, shift, 16) for part in (re - 1, im))
    one = np.int64(1) << shift
    for _ in range(INWARD_MOVES):
        grows = 2 * one * decay_re + decay_re**2 + decay_im**2 >= 0  # |1 + code / one| >= 1, exact in int64
        along_re = np.abs(one + decay_re) >= np.abs(decay_im)
        decay_re -= np.where(grows & along_re, np.sign(one + decay_re), 0)
        decay_im -= np.where(grows & ~along_re, np.sign(decay_im), 0)
    return decay_re.astype(np.int16), decay_im.astype(np.int16), shift.astype(np.uint8)


def decay_values(codes: DecayCodes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Real and imaginary parts [P] of the Lambda_bar that the codes stand for, exact in float64."""
    decay_re, decay_im, shift = (np.asarray(part, np.float64) for part in codes)
    return 1.0 + decay_re * np.exp2(-shift), decay_im * np.exp2(-shift)
