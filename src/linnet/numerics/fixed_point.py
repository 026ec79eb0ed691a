"""Fixed point: a code stands for code * 2^-exponent, and every narrowing goes through `requantize`.

All functions work in int64 on arrays of any shape. The C mirror is engine/src/number/fixed.h; the two
must return the same bits. Which exponent a wire gets is decided elsewhere (quant, compiler).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64Array = npt.NDArray[np.int64]

# Operands of a shift are at most 48-bit (a 16 x 32 bit complex product), so 47 leaves only the sign;
# 31 to the left keeps a 32-bit accumulator inside int64.
LARGEST_SHIFT = 47
SMALLEST_SHIFT = -31


@dataclass(frozen=True)
class QFormat:
    """How an integer of `bits` bits stands for a number: value = code * 2^-exponent."""

    bits: int
    exponent: int

    def __post_init__(self) -> None:
        if self.bits not in (8, 16, 32):
            raise ValueError(f"bits={self.bits} is not a width the engine has; choose 8, 16 or 32.")

    @property
    def smallest(self) -> int:
        """The smallest code, -2^(bits-1)."""
        return -(1 << (self.bits - 1))

    @property
    def largest(self) -> int:
        """The largest code, 2^(bits-1) - 1."""
        return (1 << (self.bits - 1)) - 1

    @property
    def scale(self) -> float:
        """The value of code 1."""
        return 2.0**-self.exponent

    def quantize(self, values: npt.ArrayLike) -> Int64Array:
        """Codes nearest to `values`, ties upward: floor(value * 2^exponent + 1/2), saturated; NaN gives 0.

        Computed in float64, for weights and checks; the engine's float32 entry is the node `Quantize`.
        """
        scaled = np.floor(np.asarray(values, np.float64) * 2.0**self.exponent + 0.5)
        clipped = np.clip(
            np.nan_to_num(scaled, nan=0.0, posinf=np.inf, neginf=-np.inf), self.smallest, self.largest
        )
        return clipped.astype(np.int64)

    def dequantize(self, codes: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The values that `codes` stand for, exact in float64."""
        return np.asarray(codes, np.float64) * self.scale


def saturate(values: npt.ArrayLike, bits: int) -> Int64Array:
    """Clamp to the range of a signed integer of `bits` bits."""
    return np.clip(np.asarray(values, np.int64), -(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def shift_right_round(values: npt.ArrayLike, shift: npt.ArrayLike) -> Int64Array:
    """floor(v / 2^s + 1/2): division by a power of two, ties upward.

    `shift` is 0..47 and broadcasts against `values`, which hold at most 62 bits.
    """
    wide = np.asarray(values, np.int64)
    places = np.asarray(shift, np.int64)
    half = np.left_shift(np.int64(1), places) >> 1
    return np.asarray((wide + half) >> places, np.int64)


def requantize(values: npt.ArrayLike, shift: npt.ArrayLike, bits: int) -> Int64Array:
    """Shift right with rounding (left, exactly, where `shift` is negative), then saturate to `bits`.

    `shift` is -31..47 and broadcasts; where it is negative `values` hold at most 32 bits. `bits` is
    8, 16 or 32.
    """
    places = np.asarray(shift, np.int64)
    lifted = np.left_shift(np.asarray(values, np.int64), np.maximum(-places, 0))
    return saturate(shift_right_round(lifted, np.maximum(places, 0)), bits)
