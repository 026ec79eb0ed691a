"""What an integer means: rounding, saturation, shifts, and the integer sigmoid. NumPy only."""

from linnet.numerics.fixed_point import (
    LARGEST_SHIFT,
    SMALLEST_SHIFT,
    QFormat,
    requantize,
    saturate,
    shift_right_round,
)
from linnet.numerics.tables import (
    SIGMOID_EXPONENT,
    SIGMOID_MAX_ERROR,
    SIGMOID_ONE,
    SIGMOID_TABLE,
    sigmoid15,
)

__all__ = [
    "LARGEST_SHIFT",
    "SIGMOID_EXPONENT",
    "SIGMOID_MAX_ERROR",
    "SIGMOID_ONE",
    "SIGMOID_TABLE",
    "SMALLEST_SHIFT",
    "QFormat",
    "requantize",
    "saturate",
    "shift_right_round",
    "sigmoid15",
]
