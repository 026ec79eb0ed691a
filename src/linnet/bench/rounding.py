"""Powers of two for 8-bit weights and 16-bit decays: the rounding that makes a float network exactly an integer one.

The benchmark's networks are drawn with weights that 8 bits hold exactly, so that the engine's integers and the peers'
floats are the same model, and a check of the one against the other sees the rounding of activations only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Real = NDArray[Any]  # floating point
Exponents = NDArray[np.integer[Any]] | int

EMPTY = 40
"""Exponent of what is all zero: generous, so that it never decides."""

LARGEST_DECAY_SHIFT = 46


def largest_exponent(largest: Real, bits: int) -> NDArray[np.int64]:
    """The largest e with round(largest * 2^e) <= 2^(bits-1) - 1, elementwise; EMPTY where `largest` is 0."""
    size = np.abs(largest)
    top = 2.0 ** (bits - 1) - 0.501
    return np.where(size > 0, np.floor(np.log2(top / np.where(size > 0, size, 1.0))), EMPTY).astype(np.int64)


def to_codes(values: Real, exponent: Exponents, bits: int) -> NDArray[np.int64]:
    """round(values * 2^exponent), halves up, saturated."""
    scaled = np.asarray(values, np.float64) * np.exp2(np.asarray(exponent, np.float64))
    top = 2 ** (bits - 1)
    return np.clip(np.floor(scaled + 0.5), -top, top - 1).astype(np.int64)


def row_exponents(weight: Real) -> NDArray[np.int64]:
    """The finest scale of each row that 8 bits hold: a matrix [rows, in] or a diagonal [rows] to [rows]."""
    largest = np.abs(weight).max(axis=1) if weight.ndim == 2 else np.abs(weight)
    return largest_exponent(largest, 8)


def of_rows(exponents: NDArray[np.int64], weight: Real) -> NDArray[np.int64]:
    """One exponent per row, in a shape that broadcasts over the weights."""
    return exponents.reshape(-1, *[1] * (weight.ndim - 1))


def rounded_rows(weight: Real) -> Real:
    """The same weights, as 8-bit codes at their rows' scales can say them."""
    exponents = of_rows(row_exponents(weight), weight)
    return to_codes(weight, exponents, 8) * np.exp2(-exponents.astype(np.float64))


def decay_shift(decay: NDArray[np.complex128]) -> NDArray[np.int64]:
    """The shift of each state's distance from one (ir/nodes.py: DiagonalRecurrence)."""
    away = np.maximum(np.abs(decay.real - 1.0), np.abs(decay.imag))
    return np.clip(largest_exponent(away, 16), 0, LARGEST_DECAY_SHIFT)


def rounded_decay(decay: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The same decays, as 16-bit codes can say them."""
    shift = decay_shift(decay)
    scale = np.exp2(-shift.astype(np.float64))
    return 1.0 + to_codes(decay.real - 1.0, shift, 16) * scale + 1j * to_codes(decay.imag, shift, 16) * scale
