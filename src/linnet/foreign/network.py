"""A network as data: blocks of steps between its input and its output, each with its equation.

What the steps compute is reference.py's, how they become integers lowering.py's. Arrays are float64, or float32 where
rounding is to be seen; matrices are [outputs, inputs]. Complex states are 2 P real ones: all real parts, then all
imaginary ones, and so are the rows of B and the columns of C.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]

ACTIVATIONS = ("relu", "silu", "sigmoid", "tanh", "gelu", "gelu_tanh", "gelu_sigmoid")
Kind = Literal["relu", "silu", "sigmoid", "tanh", "gelu", "gelu_tanh", "gelu_sigmoid"]


@dataclass(frozen=True, eq=False)
class Step:
    """One function of the values of a frame; `name` is unique in a network, such as "layers.0.recurrence"."""

    READS: ClassVar[Mapping[str, str]] = {}
    """What each matrix multiplies, by the name of its field: "in", the step's input, or "state"."""

    name: str

    def outputs(self, inputs: int) -> int:
        """How many values come out of so many.

        Raises:
            ValueError: the step does not take so many.
        """
        raise NotImplementedError

    def arrays(self) -> dict[str, Array]:
        """Its arrays by the names of their fields."""
        return {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None and isinstance(value, np.ndarray)
        }

    def matrices(self) -> dict[str, Array]:
        """Those of its arrays that are matrices: what is pruned."""
        return {
            name: array for name, array in self.arrays().items() if name in self.READS and array.ndim == 2
        }

    def with_arrays(self, arrays: Mapping[str, Array]) -> Step:
        """The same with some of its arrays replaced, by the names of their fields."""
        return replace(self, **arrays)  # type: ignore[arg-type]  # fields of one kind of step each

    def astype(self, dtype: DTypeLike) -> Step:
        """The same in numbers of another type."""
        return self.with_arrays({name: array.astype(dtype) for name, array in self.arrays().items()})

    def _expect(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                raise ValueError(
                    f"{name} of {self.name} has shape {array.shape}, but its neighbours ask for {shape}; name another "
                    "tensor, or turn it with transposed = true."
                )


@dataclass(frozen=True, eq=False)
class Dense(Step):
    """W x + b: weight [out, in], bias [out]."""

    READS: ClassVar[Mapping[str, str]] = {"weight": "in"}
    weight: Array
    bias: Array

    def outputs(self, inputs: int) -> int:
        """As many as W has rows."""
        rows = self.weight.shape[0]
        self._expect({"weight": (rows, inputs), "bias": (rows,)})
        return rows


@dataclass(frozen=True, eq=False)
class Norm(Step):
    """scale x + offset, each [n]: a norm with fixed statistics."""

    scale: Array
    offset: Array

    def outputs(self, inputs: int) -> int:
        """As many as come in."""
        self._expect({"scale": (inputs,), "offset": (inputs,)})
        return inputs


@dataclass(frozen=True, eq=False)
class Activation(Step):
    """A function of every value: x sigmoid(x) is silu; gelu is exact, gelu_tanh and gelu_sigmoid approximate it."""

    kind: Kind

    def outputs(self, inputs: int) -> int:
        """As many as come in."""
        return inputs


@dataclass(frozen=True, eq=False)
class Glu(Step):
    """(V x + v) sigmoid(G x + g), or x sigmoid(G x + g) without V: value [out, in], gate [out, in]."""

    READS: ClassVar[Mapping[str, str]] = {"value": "in", "gate": "in"}
    value: Array | None
    value_bias: Array | None
    gate: Array
    gate_bias: Array

    def outputs(self, inputs: int) -> int:
        """As many as V has rows, or as come in."""
        rows = inputs if self.value is None else self.value.shape[0]
        self._expect(dict.fromkeys(("value", "gate"), (rows, inputs)))
        self._expect(dict.fromkeys(("value_bias", "gate_bias"), (rows,)))
        return rows


@dataclass(frozen=True, eq=False)
class Diagonal(Step):
    """x' = Lambda_bar x + B u + b and y = C x' + D u + c for P complex states, at rest before the first frame.

    decay [2 P], drive_bias [2 P], B [2 P, in], C [out, 2 P], bias [out]; D is [out], [out, in], or None.
    """

    READS: ClassVar[Mapping[str, str]] = {"B": "in", "C": "state", "D": "in"}
    decay: Array
    B: Array
    drive_bias: Array
    C: Array
    D: Array | None
    bias: Array

    def __post_init__(self) -> None:
        """Refuse states that grow."""
        re, im = np.split(self.decay.astype(np.float64), 2)
        radius = np.hypot(re, im)
        growing = np.flatnonzero(~(radius < 1))
        if growing.size:
            raise ValueError(
                f"{growing.size} decays of {self.name} are on or outside the unit circle (state {growing[0]} has size "
                f"{radius[growing[0]]:.6g}), so their states never settle; train with decays below 1, or check that "
                "kind, step and discretization are those of the model."
            )

    @property
    def states(self) -> int:
        """P, the number of complex states."""
        return self.decay.size // 2

    def outputs(self, inputs: int) -> int:
        """As many as C has rows."""
        parts, rows = self.decay.size, self.C.shape[0]
        self._expect({"B": (parts, inputs), "drive_bias": (parts,), "C": (rows, parts), "bias": (rows,)})
        if self.D is not None and self.D.ndim == 1 and rows != inputs:
            raise ValueError(
                f"D of {self.name} is a diagonal, but {inputs} values come in and {rows} go out; give a matrix."
            )
        self._expect({"D": (rows, inputs) if self.D is not None and self.D.ndim == 2 else (rows,)})
        return rows


@dataclass(frozen=True, eq=False)
class Gated(Step):
    """h' = h + sigmoid(G u + g) (V u + v - h): minGRU without its logarithms; value and gate [states, in]."""

    READS: ClassVar[Mapping[str, str]] = {"value": "in", "gate": "in"}
    value: Array
    value_bias: Array
    gate: Array
    gate_bias: Array

    def outputs(self, inputs: int) -> int:
        """As many as there are states."""
        states = self.value.shape[0]
        self._expect(dict.fromkeys(("value", "gate"), (states, inputs)))
        self._expect(dict.fromkeys(("value_bias", "gate_bias"), (states,)))
        return states


@dataclass(frozen=True)
class Block:
    """Steps one after another; with `residual`, what comes in is added to what they give; then the steps of `after`."""

    name: str
    steps: tuple[Step, ...]
    residual: bool = False
    after: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Network:
    """Blocks one after another: `inputs` values a frame in, `outputs` values out.

    Raises:
        ValueError: a step does not take what the one before it gives, or nothing is computed.
    """

    inputs: int
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        """Check all widths."""
        if not any(True for _ in self.steps()):
            raise ValueError(
                "a network without a single step came, so there is nothing to run; describe its layers."
            )
        _ = self.outputs

    @property
    def outputs(self) -> int:
        """Values of a frame that come out."""
        width = self.inputs
        for block in self.blocks:
            entering = width
            for step in block.steps:
                width = step.outputs(width)
            if block.residual and width != entering:
                raise ValueError(
                    f"{block.name} adds its input of {entering} values to {width}; set residual = false, or check its "
                    "matrices."
                )
            for step in block.after:
                width = step.outputs(width)
        return width

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its numbers; float64 where it has none."""
        return next(
            (array.dtype for step in self.steps() for array in step.arrays().values()), np.dtype(np.float64)
        )

    def steps(self) -> Iterator[Step]:
        """All steps, in order."""
        for block in self.blocks:
            yield from block.steps
            yield from block.after

    def with_steps(self, steps: Mapping[str, Step]) -> Network:
        """The same network with some steps replaced, by name."""
        blocks = tuple(
            replace(
                block,
                steps=tuple(steps.get(step.name, step) for step in block.steps),
                after=tuple(steps.get(step.name, step) for step in block.after),
            )
            for block in self.blocks
        )
        return replace(self, blocks=blocks)

    def astype(self, dtype: DTypeLike) -> Network:
        """The same network in numbers of another type."""
        return self.with_steps({step.name: step.astype(dtype) for step in self.steps()})


def stacked(rows: NDArray[np.complexfloating]) -> Array:
    """Complex rows [P, ...] as real ones [2 P, ...]: real parts, then imaginary ones."""
    return np.concatenate([rows.real, rows.imag])


def read_out(C: NDArray[np.complexfloating], *, conjugates: bool) -> Array:
    """C [out, P] as a real matrix [out, 2 P] whose product with the state is Re(C x), twice that with `conjugates`."""
    real = np.concatenate([C.real, -C.imag], axis=1)
    return 2 * real if conjugates else real
