"""What one frame asks of any processor: products, elements and bytes, for three forms of a model.

The forms are the model as it is (sparse integers), the same shape with every weight and every input counted (dense
integers), and that in float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linnet.hardware.synapses import Activity
from linnet.hardware.unroll import unrolled
from linnet.ir import Linear, Program

FORMS = ("sparse int", "dense int", "dense FP32")


@dataclass(frozen=True)
class Matrix:
    """One matrix: all its weights, the nonzero ones, and the products made per frame (neither is 0)."""

    weights: int
    nonzeros: int
    products: float


@dataclass(frozen=True)
class Demand:
    """A model in one form: its matrices, the values of all wires between them, and bytes per weight."""

    form: str
    matrices: tuple[Matrix, ...]
    elements: int
    weight_bytes: int

    @property
    def products(self) -> float:
        """Products per frame of all matrices."""
        return sum(matrix.products for matrix in self.matrices)

    @property
    def bytes(self) -> float:
        """Bytes read per frame: weights, and each element written and read once as wide as a weight of its form.

        A sparse weight is stored with a byte that says where it is; of a column whose input is 0 none is read.
        """
        per_product = 2 if self.form == FORMS[0] else self.weight_bytes
        element_bytes = 4 if self.weight_bytes == 4 else 2
        return per_product * self.products + 2 * element_bytes * self.elements


def demands(program: Program, activity: Activity) -> tuple[Demand, ...]:
    """The three forms of a program at the activity of its wires."""
    linears = [node for node in unrolled(program).nodes if isinstance(node, Linear)]
    elements = sum(wire.width for wire in program.wires)
    sparse = tuple(
        Matrix(
            node.weight.size,
            int(np.count_nonzero(node.weight)),
            float(activity[node.source].mean(axis=0) @ np.count_nonzero(node.weight, axis=0)),
        )
        for node in linears
    )
    full = tuple(Matrix(node.weight.size, node.weight.size, float(node.weight.size)) for node in linears)
    return (
        Demand(FORMS[0], sparse, elements, 1),
        Demand(FORMS[1], full, elements, 1),
        Demand(FORMS[2], full, elements, 4),
    )
