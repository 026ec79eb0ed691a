"""Puts a Program together: adds a node and the wire it writes, each in the format the plan gives it.

One method per kind of node, each returning the index of the new wire. Which nodes to add is lower.py's, how constants
are rounded quant/matrices.py's.
"""

from collections.abc import Set as AbstractSet

from linnet.ir import (
    Add,
    ComplexRelu,
    Dequantize,
    DiagonalRecurrence,
    Gate,
    GatedRecurrence,
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
from linnet.quant.decays import DecayCodes
from linnet.quant.matrices import MatrixCodes, WireFormat


class ProgramBuilder:
    """Nodes and wires of a program in the making; wire 0 is the float input of `features` features.

    `names` holds the wires that were given one.
    """

    def __init__(self, *, bins: int) -> None:
        self.names: dict[str, int] = {}
        self._wires = [Wire(bins, 0, 0)]
        self._nodes: list[Node] = []
        self._nonnegative: set[int] = set()

    def program(self, metadata: Metadata) -> Program:
        """The finished program, validated."""
        program = Program(tuple(self._wires), tuple(self._nodes), metadata)
        program.validate()
        return program

    def named(self, name: str, wire: int) -> int:
        """`wire`, to be found in `names`."""
        self.names[name] = wire
        return wire

    def width(self, wire: int) -> int:
        """Values of a wire."""
        return self._wires[wire].width

    def quantize(self, target: WireFormat) -> int:
        """Features to codes."""
        return self._add(Quantize(0, self._wire(self._wires[0].width, target)))

    def dequantize(self, source: int) -> int:
        """Codes to the float output; ends the program."""
        return self._add(Dequantize(source, self._wire(self._wires[source].width, WireFormat(0, 0))))

    def linear(self, source: int, matrix: MatrixCodes, target: WireFormat, *, repeat: int = 1) -> int:
        """W x + b, of each of `repeat` groups of x."""
        wire = self._wire(repeat * matrix.bias.size, target)
        return self._add(Linear(source, wire, matrix.weight, matrix.bias, matrix.shift, repeat))

    def scale(self, source: int, diagonal: MatrixCodes, target: WireFormat) -> int:
        """w x + b elementwise."""
        wire = self._wire(diagonal.bias.size, target)
        return self._add(Scale(source, wire, diagonal.weight, diagonal.bias, diagonal.shift))

    def recurrence(self, source: int, decays: DecayCodes, target: WireFormat) -> int:
        """The states that `source` drives, read out as an activation with fewer fraction bits."""
        drive = self._wires[source]
        out_shift = drive.exponent - target.exponent
        return self._add(DiagonalRecurrence(source, self._wire(drive.width, target), *decays, out_shift))

    def gated_recurrence(self, candidate: int, control: int, target: WireFormat) -> int:
        """The states that `candidate` replaces as `control` says, read out with fewer fraction bits."""
        entering = self._wires[candidate]
        out_shift = entering.exponent - target.exponent
        return self._add(GatedRecurrence(candidate, control, self._wire(entering.width, target), out_shift))

    def relu(self, source: int) -> int:
        """max(source, 0): `source` itself where no code of it is ever below 0."""
        return source if source in self._nonnegative else self._add(Relu(source, self._like(source)))

    def complex_relu(self, source: int) -> int:
        """Whole complex values [re, im] where re > 0, else 0."""
        return self._add(ComplexRelu(source, self._like(source)))

    def gate(self, source: int, control: int, target: WireFormat) -> int:
        """source * sigmoid(control)."""
        return self._add(Gate(source, control, self._wire(self._wires[source].width, target)))

    def sigmoid(self, source: int, target: WireFormat) -> int:
        """sigmoid(source)."""
        return self._add(Sigmoid(source, self._wire(self._wires[source].width, target)))

    def add(self, source: int, other: int, target: WireFormat) -> int:
        """source + other; both are shifted to the finer of their exponents, of which `target` has no finer one."""
        of_source, of_other = self._wires[source].exponent, self._wires[other].exponent
        fine = max(of_source, of_other)
        wire = self._wire(self._wires[source].width, target)
        return self._add(Add(source, other, wire, fine - of_source, fine - of_other, fine - target.exponent))

    def _like(self, source: int) -> int:
        wire = self._wires[source]
        return self._wire(wire.width, WireFormat(wire.bits, wire.exponent))

    def _wire(self, width: int, target: WireFormat) -> int:
        self._wires.append(Wire(width, target.bits, target.exponent))
        return len(self._wires) - 1

    def _add(self, node: Node) -> int:
        self._nodes.append(node)
        if _never_negative(node, self._nonnegative):
            self._nonnegative.add(node.writes)
        return node.writes


def _never_negative(node: Node, nonnegative: AbstractSet[int]) -> bool:
    """Whether no code that `node` writes is below 0, `nonnegative` being the wires of which that is known.

    A sigmoid is positive, and neither shifts nor saturation at either end change a sign.
    """
    if isinstance(node, Gate):
        return node.source in nonnegative
    if isinstance(node, Add):
        return {node.source, node.other} <= nonnegative
    return isinstance(node, (Relu, Sigmoid))
