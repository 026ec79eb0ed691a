"""The integer sigmoid: a table of 513 points and linear interpolation, with its error bound.

The C mirror reads engine/src/number/tables.h, which write_tables.py generates from here.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from linnet.numerics.fixed_point import Int64Array, shift_right_round

SIGMOID_EXPONENT = 11  # the input code z stands for z / 2^11, so int16 spans -16 to 16
SIGMOID_ONE = 1 << 15  # the output code of 1.0
SEGMENT_BITS = 7  # 65536 input codes / 128 = 512 segments

# Over all 65536 inputs: the chord lies at most max|sigma''| * (1/16)^2 / 8 = 4.70e-5 off the curve, the
# table and the interpolation round by 1/2 unit of 2^-15 each, together 7.75e-5. Measured: 6.71e-5.
SIGMOID_MAX_ERROR = 7.75e-5


def _sigmoid_points() -> npt.NDArray[np.uint16]:
    """t[i] = floor(sigmoid((128 i - 32768) / 2^11) * 2^15 + 1/2), i = 0..512."""
    step = 1 << SEGMENT_BITS
    inputs = [(i * step - 32768) / (1 << SIGMOID_EXPONENT) for i in range(65536 // step + 1)]
    points = [math.floor(SIGMOID_ONE / (1.0 + math.exp(-z)) + 0.5) for z in inputs]
    table = np.array(points, np.uint16)
    table.flags.writeable = False
    return table


SIGMOID_TABLE = _sigmoid_points()


def sigmoid15(codes: npt.ArrayLike) -> Int64Array:
    """The logistic function on codes: int16 z at exponent 11 in, 0..32768 at exponent 15 out.

    i = (z + 32768) >> 7, f = (z + 32768) & 127,
    sigmoid15(z) = t[i] + shift_right_round((t[i+1] - t[i]) * f, 7).
    Differs from the true value by at most SIGMOID_MAX_ERROR; never decreases.
    """
    place = np.asarray(codes, np.int64) + 32768
    segment = place >> SEGMENT_BITS
    table = SIGMOID_TABLE.astype(np.int64)
    low = table[segment]
    rise = (table[segment + 1] - low) * (place & ((1 << SEGMENT_BITS) - 1))
    return np.asarray(low + shift_right_round(rise, SEGMENT_BITS), np.int64)
