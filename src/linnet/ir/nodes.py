"""Wires and the eleven kinds of node between them: frozen data, each with its equation.

What a node computes, bit for bit, is interpreter.py's; whether it fits its wires is validation.py's.
Here a node only makes sure that its arrays have the type and the rank it needs, and freezes them.
Codes have 8, 16 or 32 bits; a wire's value is code * 2^-exponent. `rq` below is numerics.requantize; where a
target may have 8 bits, `bits` is the target's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

FLOAT_BITS = 0  # Wire.bits of a float32 wire
GATED_BITS = 24  # of the states of a GatedRecurrence, and of what it takes of its candidates
CODE_BITS = (8, 16)  # of what matrices read: an int16 in memory either way, within -128..127 where it has 8


@dataclass(frozen=True)
class Wire:
    """`width` codes of `bits` bits (8, 16, 32) per frame; value = code * 2^-exponent. bits=0 is float32, exponent 0."""

    width: int
    bits: int
    exponent: int = 0


@dataclass(frozen=True, eq=False)
class Node:
    """What all nodes share: they read wires, write one wire, and compare by content."""

    kind: ClassVar[int]  # its number in the model file

    @property
    def reads(self) -> tuple[int, ...]:
        """Indices of the wires it reads."""
        return tuple(getattr(self, name) for name in ("source", "control", "other") if hasattr(self, name))

    @property
    def writes(self) -> int:
        """Index of the wire it writes."""
        return int(getattr(self, "target"))  # noqa: B009 - every kind has it, the bare Node has not

    @property
    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """Its constants, in the order of the fields."""
        values = (getattr(self, field.name) for field in fields(self))
        return tuple(value for value in values if isinstance(value, np.ndarray))

    def __eq__(self, other: object) -> bool:
        """Same kind, same wires, same numbers, same types of number."""
        if type(self) is not type(other):
            return NotImplemented
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return all(_same(mine, theirs) for mine, theirs in pairs)

    __hash__ = None  # type: ignore[assignment]  # arrays have no cheap hash

    def _freeze(self, name: str, dtype: type[np.generic], ndim: int) -> None:
        """Check one constant and replace it by a read-only, contiguous view."""
        array = np.asarray(getattr(self, name))
        if array.dtype != np.dtype(dtype) or array.ndim != ndim:
            raise ValueError(
                f"{type(self).__name__}.{name} came as {array.dtype} of shape {array.shape}, but it is "
                f"{np.dtype(dtype)} of rank {ndim}; round and convert it before building the node."
            )
        frozen = np.ascontiguousarray(array).view()
        frozen.flags.writeable = False
        object.__setattr__(self, name, frozen)


def _same(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, np.ndarray):
        return mine.dtype == theirs.dtype and np.array_equal(mine, theirs)
    return bool(mine == theirs)


@dataclass(frozen=True, eq=False)
class Linear(Node):
    """target[o] = rq(sum_i weight[o, i] source[i] + bias[o], shift[o], target.bits).

    With `repeat` r > 1 the source is r groups of `in` codes, one behind the other, and the target r groups of `out`:
    the same matrix takes each group of the source to that group of the target.

    weight int8 [out, in], bias int32 [out], shift int8 [out] (-31..47). Source 8 or 16 bit, target 8, 16 or 32.
    Every row holds sum_i |weight| * 32768 + |bias| < 2^31, so int32 sums cannot overflow: one bound for both kinds
    of source, so that what multiplies 16 bits also multiplies 8.
    """

    kind: ClassVar[int] = 1
    source: int
    target: int
    weight: npt.NDArray[np.int8]
    bias: npt.NDArray[np.int32]
    shift: npt.NDArray[np.int8]
    repeat: int = 1

    def __post_init__(self) -> None:
        self._freeze("weight", np.int8, 2)
        self._freeze("bias", np.int32, 1)
        self._freeze("shift", np.int8, 1)


@dataclass(frozen=True, eq=False)
class DiagonalRecurrence(Node):
    """x' = Lambda_bar x + d for P complex states in int32, where Lambda_bar = 1 + decay * 2^-decay_shift.

    re' = sat32(re + round((decay_re re - decay_im im) / 2^decay_shift) + d_re)
    im' = sat32(im + round((decay_re im + decay_im re) / 2^decay_shift) + d_im)
    target = rq(x', out_shift, bits)

    The codes hold the distance from one, so slow decays keep their time constant. decay_re, decay_im
    int16 [P], decay_shift uint8 [P] (0..46), out_shift 0..31. Source 32 bit, width 2 P: all real parts,
    then all imaginary. The state has the source's exponent and starts at 0; it is never rounded but here.
    """

    kind: ClassVar[int] = 2
    source: int
    target: int
    decay_re: npt.NDArray[np.int16]
    decay_im: npt.NDArray[np.int16]
    decay_shift: npt.NDArray[np.uint8]
    out_shift: int

    def __post_init__(self) -> None:
        self._freeze("decay_re", np.int16, 1)
        self._freeze("decay_im", np.int16, 1)
        self._freeze("decay_shift", np.uint8, 1)


@dataclass(frozen=True, eq=False)
class Relu(Node):
    """target = max(source, 0); 8 or 16 bit, same bits and exponent."""

    kind: ClassVar[int] = 3
    source: int
    target: int


@dataclass(frozen=True, eq=False)
class ComplexRelu(Node):
    """(re, im) stays where re > 0, else (0, 0). Width 2 P: real parts, then imaginary; same bits, same exponent."""

    kind: ClassVar[int] = 4
    source: int
    target: int


@dataclass(frozen=True, eq=False)
class Scale(Node):
    """target[i] = rq(weight[i] source[i] + bias[i], shift[i], target.bits): a Linear with a diagonal matrix.

    weight int8 [n], bias int32 [n], shift int8 [n] (-31..47); the same bound on every row.
    """

    kind: ClassVar[int] = 5
    source: int
    target: int
    weight: npt.NDArray[np.int8]
    bias: npt.NDArray[np.int32]
    shift: npt.NDArray[np.int8]

    def __post_init__(self) -> None:
        self._freeze("weight", np.int8, 1)
        self._freeze("bias", np.int32, 1)
        self._freeze("shift", np.int8, 1)


@dataclass(frozen=True, eq=False)
class Gate(Node):
    """target = rq(source * sigmoid15(control), 15, bits). Control 16 bit, exponent 11; target the source's exponent."""

    kind: ClassVar[int] = 6
    source: int
    control: int
    target: int


@dataclass(frozen=True, eq=False)
class Add(Node):
    """target = rq((source << source_shift) + (other << other_shift), shift, bits).

    The left shifts (0..15) bring both to one exponent, `shift` (0..31) takes the sum to the target's.
    """

    kind: ClassVar[int] = 7
    source: int
    other: int
    target: int
    source_shift: int = 0
    other_shift: int = 0
    shift: int = 0


@dataclass(frozen=True, eq=False)
class Quantize(Node):
    """target = clamp(floor(f * 2^exponent + 1/2)) to 8 or 16 bits, in float32 arithmetic; NaN gives 0."""

    kind: ClassVar[int] = 8
    source: int
    target: int


@dataclass(frozen=True, eq=False)
class Dequantize(Node):
    """target = code * 2^-exponent, float32, exact."""

    kind: ClassVar[int] = 9
    source: int
    target: int


@dataclass(frozen=True, eq=False)
class Sigmoid(Node):
    """target = min(sigmoid15(source), 32767). Both 16 bit; source has exponent 11, target 15."""

    kind: ClassVar[int] = 10
    source: int
    target: int


@dataclass(frozen=True, eq=False)
class GatedRecurrence(Node):
    """A recurrence that forgets as its input says: every state moves by a share g of its way to a candidate.

    v  = sat24(source)                                            clamped to -2^23..2^23 - 1
    h' = h + round(sigmoid15(control) (v - h) / 2^15)
    target = rq(h', out_shift, bits)

    It is minGRU (arXiv:2410.01201, without its logarithms), where g = sigmoid(control). Source 32 bit, control 16 bit
    with exponent 11, both as wide as the target; out_shift 0..31. The states h, int32, have the source's exponent and
    start at 0. sigmoid15 is within 0..2^15, so h' lies between h and v, ends included, and never leaves 24 bits.
    """

    kind: ClassVar[int] = 11
    source: int
    control: int
    target: int
    out_shift: int


Recurrence = DiagonalRecurrence | GatedRecurrence  # what keeps state: one number for each of the target's

NODE_KINDS: tuple[type[Node], ...] = (
    Linear,
    DiagonalRecurrence,
    Relu,
    ComplexRelu,
    Scale,
    Gate,
    Add,
    Quantize,
    Dequantize,
    Sigmoid,
    GatedRecurrence,
)
