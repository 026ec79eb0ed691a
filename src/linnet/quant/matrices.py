"""How a matrix becomes codes, for the Program and for its float twin: one power of two per row or per matrix.

A matrix stands between two wires, of which it must know the exponents: its biases lie in the scale of its sums, and its
shifts take the sums to the wire behind it. NumPy only.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.quant.fp8 import FLOATS
from linnet.quant.scheme import Scheme, largest_exponent, to_codes

SMALLEST_SHIFT, LARGEST_SHIFT = -31, 47  # of a requantization (numerics/fixed_point.py)
BIAS_BITS = 30  # leaves the products three quarters of the int32 accumulator
LARGEST_SUM_OF_CODES = 3 << 14  # three quarters of 2^31, by inputs of up to 2^15
NO_LIMIT = 99
FINER = (1, 2)  # doublings by which the largest weights of a row may be given up for the sake of the others


@dataclass(frozen=True)
class WireFormat:
    """value = code * 2^-(exponent + spread), codes of `bits` bits; `spread` is one per feature, or 0 for all.

    The Program knows bits and exponent. The spread, by which slow and fast states share a wire, goes into the matrices
    on both sides of it: a diagonal recurrence and the complex ReLU commute with a positive scale.
    """

    bits: int
    exponent: int
    spread: NDArray[np.int64] | int = 0

    @property
    def exponents(self) -> NDArray[np.int64] | int:
        """What the codes are worth, one per feature or one for all."""
        return self.exponent + self.spread


@dataclass(frozen=True)
class MatrixCodes:
    """What `Linear` and `Scale` hold: weight int8 [out, in] (or a diagonal [n]), bias int32 [out], shift int8 [out]."""

    weight: NDArray[np.int8]
    bias: NDArray[np.int32]
    shift: NDArray[np.int8]

    def of_groups(self, groups: int) -> "MatrixCodes":
        """A diagonal for `groups` groups of features, one behind the other."""
        return MatrixCodes(
            np.tile(self.weight, groups), np.tile(self.bias, groups), np.tile(self.shift, groups)
        )

    def values(
        self, source: WireFormat, target: WireFormat
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights and biases that the codes stand for between these wires, exact in float64."""
        sum_exponents = self.shift + np.asarray(target.exponent, np.int64)
        rows = sum_exponents - source.exponent
        weight = self.weight * np.exp2(-_over(rows, self.weight.ndim).astype(np.float64))
        bias = self.bias.astype(np.float64) * np.exp2(-(sum_exponents + target.spread).astype(np.float64))
        return weight / _balance(source, target, self.weight.ndim), bias


def matrix_codes(
    weight: Any, bias: Any, source: WireFormat, target: WireFormat, *, scheme: Scheme, bits: int
) -> MatrixCodes:
    """Round W [out, in] (or a diagonal [n]) and b [out] between two wires, weights to `bits` bits."""
    balanced = np.asarray(weight, np.float64) * _balance(source, target, np.ndim(weight))
    biases = np.asarray(bias, np.float64) * np.exp2(np.float64(1) * target.spread)
    exponents = np.minimum(
        _fitting(balanced, scheme, bits),
        # a row of tiny weights is held coarser than it could be where its bias would leave int32 ...
        np.where(biases == 0, NO_LIMIT, largest_exponent(biases, BIAS_BITS) - source.exponent),
    )
    if scheme.weight_scale == "matrix":
        exponents = np.full_like(exponents, exponents.min())
    # ... or where its shift would leave the range allowed
    of_shift = target.exponent - source.exponent
    exponents = np.clip(exponents, SMALLEST_SHIFT + of_shift, LARGEST_SHIFT + of_shift)
    return MatrixCodes(
        to_codes(balanced, _over(exponents, balanced.ndim), bits).astype(np.int8),
        to_codes(biases, exponents + source.exponent, 32).astype(np.int32),
        (exponents - of_shift).astype(np.int8),
    )


def float8_values(
    weight: Any, source: WireFormat, target: WireFormat, *, scheme: Scheme
) -> NDArray[np.float64]:
    """W [out, in] (or a diagonal [n]) rounded to the FP8 values of the scheme, in its scales."""
    kind, balance = FLOATS[scheme.weight_kind], _balance(source, target, np.ndim(weight))
    balanced = np.asarray(weight, np.float64) * balance
    largest = _largest_of_rows(balanced)
    if scheme.weight_scale == "matrix":
        largest = np.full_like(largest, largest.max())
    scale = np.exp2(_over(kind.scale_exponents(largest), balanced.ndim).astype(np.float64))
    return kind.nearest(balanced * scale) / scale / balance


def _fitting(balanced: NDArray[np.float64], scheme: Scheme, bits: int) -> NDArray[np.int64]:
    """The exponent of every row, by the scheme's rule, before biases and shifts have their say."""
    largest = _largest_of_rows(balanced)
    if scheme.weight_scale == "matrix":
        largest = np.full_like(largest, largest.max())
    exponents = largest_exponent(largest, bits)
    if scheme.weight_fit == "largest":
        return exponents
    tried = [exponents + finer for finer in (0, *FINER)]
    errors = np.stack([_squared_errors(balanced, each, bits) for each in tried])
    if scheme.weight_scale == "matrix":
        errors[:] = errors.sum(axis=1, keepdims=True)
    return exponents + np.argmin(errors, axis=0)  # of equals, the coarsest


def _squared_errors(
    balanced: NDArray[np.float64], exponents: NDArray[np.int64], bits: int
) -> NDArray[np.float64]:
    """Of every row at its exponent; infinite where its sums would be too large for the proof of no overflow."""
    rows = balanced.reshape(exponents.size, -1)
    codes = to_codes(rows, exponents[:, None], bits)
    errors = np.sum((rows - codes * np.exp2(-exponents[:, None].astype(np.float64))) ** 2, axis=1)
    return np.where(np.abs(codes).sum(axis=1) < LARGEST_SUM_OF_CODES, errors, np.inf)


def _largest_of_rows(balanced: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.max(np.abs(balanced), axis=tuple(range(1, balanced.ndim)))


def _balance(source: WireFormat, target: WireFormat, rank: int) -> NDArray[np.float64]:
    """What W is multiplied by so that it takes codes to codes: 2^(row's spread - column's)."""
    spread = np.asarray(target.spread, np.float64)
    return np.exp2((_over(spread, rank) if spread.ndim else spread) - source.spread)


def _over(rows: NDArray, rank: int) -> NDArray:
    """One number per row, shaped to go with a matrix of rows (rank 2) or with a diagonal (rank 1)."""
    return rows.reshape(-1, *[1] * (rank - 1))
