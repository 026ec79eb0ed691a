"""Wires of a program in the making, with what they stand for: the few operations of which lowering.py makes every step.

A format comes from the sizes that a tap saw on examples. Constants are rounded by quant/matrices.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.compiler.builder import ProgramBuilder
from linnet.quant.matrices import LARGEST_SUM_OF_CODES, MatrixCodes, WireFormat, matrix_codes
from linnet.quant.plan import LARGEST_LEFT_SHIFT
from linnet.quant.scheme import Scheme

Array = NDArray[Any]
Sizes = Mapping[str, Array]
"""The largest absolute value of everything that a tap sees, [width], by its name."""


@dataclass(frozen=True)
class Flow:
    """A wire and its format; its value is scale * (the wire's) + offset where `norm`, a tap, waits for a matrix."""

    wire: int
    format: WireFormat
    scale: Array | None = None
    offset: Array | None = None
    norm: str = ""

    def folded(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """A matrix [out, in] or diagonal [n] and bias that also do the norm."""
        if self.scale is None or self.offset is None:
            return weight, bias
        added = weight @ self.offset if weight.ndim == 2 else weight * self.offset
        return weight * self.scale, bias + added


class Flows:
    """A program in the making."""

    def __init__(self, inputs: int, sizes: Sizes, scheme: Scheme) -> None:
        """Begin with `inputs` values a frame."""
        self.build = ProgramBuilder(bins=inputs)
        self.sizes, self.scheme = sizes, scheme

    def matrix(self, weight: Array, bias: Array, flow: Flow, target: WireFormat) -> Flow:
        """A matrix or a diagonal between two wires, with the norm that waited for it."""
        weight, bias = flow.folded(weight, bias)
        codes = self._codes(weight, bias, flow.format, target)
        add_node = self.build.linear if weight.ndim == 2 else self.build.scale
        return Flow(add_node(flow.wire, codes, target), target)

    def plain(self, flow: Flow) -> Flow:
        """The flow with nothing left to do: a node of its own for a norm that no matrix follows."""
        if flow.scale is None or flow.offset is None:
            return flow
        return self.scaled(flow, 1.0, 0.0, self.holding(flow.norm))

    def evened(self, flow: Flow, scale: Array, offset: Array) -> Flow:
        """The powers of two of a norm, and its offset, as a node; what is left of its scale is in [1, 2)."""
        factors = powers_of_two(scale)
        rest = scale / factors
        largest = float(np.max(self.sizes[flow.norm] / np.abs(rest)))
        target = WireFormat(16, self.scheme.activation_exponent(largest, 16))
        plain = replace(flow, scale=None, offset=None)
        done = self.matrix(factors, offset / rest, plain, target)
        return replace(done, scale=rest, offset=np.zeros_like(rest), norm=flow.norm)

    def scaled(self, flow: Flow, factor: float, offset: float, target: WireFormat) -> Flow:
        """factor x + offset of every value."""
        width = self.build.width(flow.wire)
        return self.matrix(np.full(width, factor), np.full(width, offset), flow, target)

    def gated(self, value: Flow, control: Flow) -> Flow:
        """value sigmoid(control)."""
        return Flow(self.build.gate(value.wire, control.wire, value.format), value.format)

    def added(self, one: Flow, other: Flow, name: str) -> Flow:
        """The sum of two wires."""
        exponents = one.format.exponent, other.format.exponent
        if max(exponents) - min(exponents) > LARGEST_LEFT_SHIFT:
            raise ValueError(
                f"the two sides of {name} have the exponents {exponents[0]} and {exponents[1]}, more than "
                f"{LARGEST_LEFT_SHIFT} apart, so one of them would vanish; give examples on which both matter."
            )
        target = self.holding(name, finest=max(exponents))
        return Flow(self.build.add(one.wire, other.wire, target), target)

    def holding(self, name: str, *, finest: int | None = None, spread: Array | int = 0) -> WireFormat:
        """The format of 16 bits that holds what a tap saw, at an exponent of at most `finest`."""
        largest = float(np.max(self.sizes[name] * np.exp2(np.float64(1) * spread)))
        exponent = self.scheme.activation_exponent(largest, 16)
        return WireFormat(16, exponent if finest is None else min(exponent, finest), spread)

    def _codes(self, weight: Array, bias: Array, source: WireFormat, target: WireFormat) -> MatrixCodes:
        """The matrix in integers; rows so wide that their sums could overflow get fewer bits."""
        most = self.scheme.weight_bits
        tries = [
            matrix_codes(weight, bias, source, target, scheme=self.scheme, bits=b) for b in range(most, 1, -1)
        ]
        chosen = tries[0]
        for coarser in tries[1:]:
            rows = np.abs(chosen.weight.astype(np.int64)).reshape(len(weight), -1).sum(axis=1)
            too_large = rows >= LARGEST_SUM_OF_CODES
            if not too_large.any():
                break
            chosen = MatrixCodes(
                np.where(too_large.reshape(-1, *[1] * (weight.ndim - 1)), coarser.weight, chosen.weight),
                np.where(too_large, coarser.bias, chosen.bias),
                np.where(too_large, coarser.shift, chosen.shift),
            )
        return chosen


def powers_of_two(scale: Array) -> Array:
    """The powers of two just below the sizes of scales; 1 where a scale is 0."""
    return np.exp2(np.floor(np.log2(np.where(scale == 0, 1.0, np.abs(scale)))))
