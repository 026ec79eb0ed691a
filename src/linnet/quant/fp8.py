"""Floats of eight bits, simulated: what a weight becomes where a machine multiplies FP8. NumPy only.

A Program holds integers, so such weights are scored in the float model (rounded.py) and never lowered.
Source of the formats: Micikevicius et al., "FP8 formats for deep learning", arXiv:2209.05433.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Float8:
    """`mantissa_bits` behind the leading one, exponents from `smallest_exponent` (subnormal below), up to `largest`."""

    mantissa_bits: int
    smallest_exponent: int
    largest: float

    def scale_exponents(self, largest: NDArray[np.float64]) -> NDArray[np.int64]:
        """The largest e with largest * 2^e <= `self.largest`, elementwise; 0 where `largest` is 0."""
        safe = np.where(largest > 0, largest, self.largest)
        mantissa, exponent = np.frexp(self.largest / safe)
        del mantissa  # 0.5 .. 1, so the quotient is at least 2^(exponent - 1)
        return np.where(largest > 0, exponent - 1, 0).astype(np.int64)

    def nearest(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The nearest number of the format, ties to an even mantissa, saturated to `largest`."""
        exponent = np.maximum(np.frexp(values)[1] - 1, self.smallest_exponent)
        step = np.exp2(np.float64(1) * exponent - self.mantissa_bits)
        return np.clip(np.rint(values / step) * step, -self.largest, self.largest)


FLOATS = {"e4m3": Float8(3, -6, 448.0), "e5m2": Float8(2, -14, 57344.0)}
