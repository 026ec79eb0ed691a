"""Puts a Program together: adds a node, rounds its constants, and decides the exponent of the wire it writes.

One method per kind of node, each returning the index of the new wire. Which nodes to add is lower.py's.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.ir import (
    Add,
    ComplexRelu,
    Dequantize,
    DiagonalRecurrence,
    Gate,
    Linear,
    Metadata,
    Node,
    Program,
    Quantize,
    Relu,
    Scale,
    Sigmoid,
    Wire,
)
from linnet.quant.scheme import FINEST_EXPONENT, Scheme, largest_exponent, to_codes

SMALLEST_SHIFT, LARGEST_SHIFT = -31, 47  # of a requantization (numerics/fixed_point.py)
LARGEST_LEFT_SHIFT = 15  # of an addition
BIAS_BITS = 30  # leaves the products three quarters of the int32 accumulator


class ProgramBuilder:
    """Nodes and wires of a program in the making; wire 0 is the float input of `bins` features."""

    def __init__(self, scheme: Scheme, *, bins: int) -> None:
        self.scheme = scheme
        self._wires = [Wire(bins, 0, 0)]
        self._nodes: list[Node] = []

    def program(self, metadata: Metadata) -> Program:
        """The finished program, validated."""
        program = Program(tuple(self._wires), tuple(self._nodes), metadata)
        program.validate()
        return program

    def quantize(self, largest: float) -> int:
        """Features to codes that hold `largest`."""
        bits = self.scheme.activation_bits
        target = self._wire(self._wires[0].width, bits, self.scheme.activation_exponent(largest, bits))
        return self._add(Quantize(0, target))

    def dequantize(self, source: int) -> int:
        """Codes to the float output; ends the program."""
        return self._add(Dequantize(source, self._wire(self._wires[source].width, 0, 0)))

    def linear(
        self,
        source: int,
        weight: Any,
        bias: Any,
        *,
        largest: float = 0.0,
        exponent: int | None = None,
        bits: int = 16,
    ) -> int:
        """W x + b, W [out, in]; the new wire holds `largest`, or has the `exponent` given."""
        matrix = np.asarray(weight, np.float64)
        if exponent is None:
            exponent = self.scheme.activation_exponent(largest, bits)
        largest_weights = np.max(np.abs(matrix), axis=1)
        codes, biases, shift = self._rounded(source, matrix, largest_weights, bias, exponent)
        target = self._wire(matrix.shape[0], bits, exponent)
        return self._add(Linear(source, target, codes, biases, shift))

    def scale(self, source: int, weight: Any, bias: Any, *, largest: float) -> int:
        """w x + b elementwise."""
        vector = np.asarray(weight, np.float64)
        exponent = self.scheme.activation_exponent(largest, 16)
        codes, biases, shift = self._rounded(source, vector, np.abs(vector), bias, exponent)
        return self._add(Scale(source, self._wire(vector.size, 16, exponent), codes, biases, shift))

    def recurrence(
        self,
        source: int,
        decay_re: NDArray[np.int16],
        decay_im: NDArray[np.int16],
        decay_shift: NDArray[np.uint8],
        *,
        out_shift: int,
    ) -> int:
        """The states that `source` drives, read out with `out_shift` fewer fraction bits, as an activation."""
        drive = self._wires[source]
        target = self._wire(drive.width, self.scheme.activation_bits, drive.exponent - out_shift)
        return self._add(DiagonalRecurrence(source, target, decay_re, decay_im, decay_shift, out_shift))

    def relu(self, source: int) -> int:
        """max(source, 0)."""
        return self._add(Relu(source, self._like(source)))

    def complex_relu(self, source: int) -> int:
        """Whole complex values [re, im] where re > 0, else 0."""
        return self._add(ComplexRelu(source, self._like(source)))

    def gate(self, source: int, control: int) -> int:
        """source * sigmoid(control), 16 bit."""
        gated = self._wires[source]
        return self._add(Gate(source, control, self._wire(gated.width, 16, gated.exponent)))

    def sigmoid(self, source: int) -> int:
        """sigmoid(source), 15 fraction bits."""
        return self._add(Sigmoid(source, self._wire(self._wires[source].width, 16, 15)))

    def finest_beside(self, wire: int) -> int:
        """The finest exponent of a wire that is to be added to this one."""
        return self._wires[wire].exponent + LARGEST_LEFT_SHIFT

    def add(self, source: int, other: int, *, largest: float, finest: int = FINEST_EXPONENT) -> int:
        """source + other, at an exponent that holds `largest` and is no finer than either, nor than `finest`.

        An activation: what becomes of it is read by a matrix.
        """
        bits = self.scheme.activation_bits
        of_source, of_other = self._wires[source].exponent, self._wires[other].exponent
        coarse, fine = min(of_source, of_other), max(of_source, of_other)
        fine = min(fine, coarse + LARGEST_LEFT_SHIFT)
        exponent = min(self.scheme.activation_exponent(largest, bits), fine, finest)
        if max(of_source, of_other) > fine:
            raise ValueError(
                f"the exponents {of_source} and {of_other} of a sum lie more than {LARGEST_LEFT_SHIFT} apart, so one "
                "side would vanish; calibrate on more clips, or train the model again."
            )
        target = self._wire(self._wires[source].width, bits, exponent)
        return self._add(Add(source, other, target, fine - of_source, fine - of_other, fine - exponent))

    def _rounded(
        self,
        source: int,
        weight: NDArray[np.float64],
        row_largest: NDArray[np.float64],
        bias: Any,
        exponent: int,
    ) -> tuple[NDArray[np.int8], NDArray[np.int32], NDArray[np.int8]]:
        """Weight codes, bias codes in accumulator scale and shift per row, of a result with this exponent."""
        in_exponent = self._wires[source].exponent
        row_exponent = largest_exponent(row_largest, self.scheme.weight_bits)
        # a row of tiny weights is held coarser than it could be where its bias would leave int32 ...
        biases_real = np.asarray(bias, np.float64)
        row_exponent = np.minimum(
            row_exponent,
            np.where(biases_real == 0, 99, largest_exponent(biases_real, BIAS_BITS) - in_exponent),
        )
        # ... or where its shift would leave the range allowed
        row_exponent = np.clip(
            row_exponent, SMALLEST_SHIFT + exponent - in_exponent, LARGEST_SHIFT + exponent - in_exponent
        )
        spread = row_exponent.reshape(-1, *[1] * (weight.ndim - 1))
        codes = to_codes(weight, spread, self.scheme.weight_bits).astype(np.int8)
        biases = to_codes(biases_real, row_exponent + in_exponent, 32).astype(np.int32)
        shift = (row_exponent + in_exponent - exponent).astype(np.int8)
        return codes, biases, shift

    def _like(self, source: int) -> int:
        wire = self._wires[source]
        return self._wire(wire.width, wire.bits, wire.exponent)

    def _wire(self, width: int, bits: int, exponent: int) -> int:
        self._wires.append(Wire(width, bits, exponent))
        return len(self._wires) - 1

    def _add(self, node: Node) -> int:
        self._nodes.append(node)
        return node.writes
