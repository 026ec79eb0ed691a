"""The way back: from an integer Program to the folded float model whose numbers its codes stand for, matrix by matrix.

`lift` reads matrices in the order in which lower.py writes them. What a code stands for is quant/matrices.py's. The
scale of a gated state is free: what lowering spread over V and C stays there, and changes no output.
"""

from collections.abc import Iterator
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.ir import Linear as LinearNode
from linnet.ir import Program, Scale
from linnet.nn.bands import Banded, Part, Squeeze
from linnet.nn.gated import FoldedGated
from linnet.nn.layer import FoldedLayer
from linnet.nn.layers import Linear
from linnet.nn.network import FoldedNetwork
from linnet.quant.matrices import MatrixCodes, WireFormat

Matrix = LinearNode | Scale


class LiftError(ValueError):
    """A program that is not of the model it was to be lifted into."""


class _Matrices:
    """The matrices of a program, one after the other."""

    def __init__(self, program: Program) -> None:
        self._wires = program.wires
        self._left: Iterator[Matrix] = (node for node in program.nodes if isinstance(node, Matrix))

    def next(self, name: str, shape: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights and biases of the next one, which is to be `name` of this shape."""
        node = next(self._left, None)
        if node is None or node.weight.shape != shape:
            found = (
                "no further matrix" if node is None else f"one of {' x '.join(map(str, node.weight.shape))}"
            )
            raise LiftError(
                f"where the model has {name} of {' x '.join(map(str, shape))}, the file has {found}: another model, or "
                "values that can reach no output were left out; choose the recipe that the file was made by, or start "
                "from the run."
            )
        source, target = (
            WireFormat(wire.bits, wire.exponent)
            for wire in (self._wires[node.source], self._wires[node.target])
        )
        return MatrixCodes(node.weight, node.bias, node.shift).values(source, target)

    def refuse_more(self) -> None:
        """LiftError where a matrix is left."""
        if next(self._left, None) is not None:
            raise LiftError(
                "the file has more matrices than the model; choose the recipe that the file was made by."
            )


def lift(program: Program, like: FoldedNetwork) -> FoldedNetwork:
    """The float model that `program` rounds, in the structure of `like`, whose numbers do not matter.

    Raises:
        LiftError: the program's matrices are not those of `like`, or `like` has S5 layers.
    """
    matrices = _Matrices(program)
    encoder = _matrix(matrices, "the encoder", like.encoder)
    layers, squeeze = [], like.squeeze
    for i, layer in enumerate(like.layers):
        if squeeze is not None and i == 1:
            squeeze = Squeeze(_linear(matrices, "the way down", squeeze.down), squeeze.up)
        if squeeze is not None and i == len(like.layers) - 1:
            squeeze = Squeeze(squeeze.down, _linear(matrices, "the way up", squeeze.up))
        layers.append(_layer(matrices, f"layer {i + 1}", layer))
    decoder = _matrix(matrices, "the decoder", like.decoder)
    matrices.refuse_more()
    return replace(like, encoder=encoder, layers=tuple(layers), decoder=decoder, squeeze=squeeze)


def _matrix(matrices: _Matrices, name: str, like: Linear | Banded) -> Linear | Banded:
    if isinstance(like, Linear):
        return _linear(matrices, name, like)
    weight, bias = matrices.next(name, (like.bias.size, like.inputs))
    parts = []
    for rows, columns in like.places:
        whole = np.concatenate(
            [weight[rows], np.zeros((len(rows), 1))], axis=1
        )  # NOWHERE, -1, means the last
        parts.append(Part(_single(np.take_along_axis(whole, columns, axis=1))))
    return replace(like, parts=tuple(parts), bias=_single(bias))


def _linear(matrices: _Matrices, name: str, like: Linear) -> Linear:
    weight, bias = matrices.next(name, like.weight.shape)
    return Linear(_single(weight), _single(bias))


def _layer(matrices: _Matrices, name: str, like: FoldedLayer) -> FoldedLayer:
    ssm = like.ssm
    if not isinstance(ssm, FoldedGated):
        raise LiftError(
            f"{name} is S5, whose time steps are not in the file; choose a recipe with recurrence='gated', or start "
            "from the run."
        )
    V, V_bias = matrices.next(f"V of {name}", ssm.V.shape)
    G, G_bias = matrices.next(f"G of {name}", ssm.G.shape)
    C, C_bias = matrices.next(f"C of {name}", ssm.C.shape)
    D, D_bias = matrices.next(f"D of {name}", (like.groups * ssm.D.size,))
    of_one = slice(0, ssm.D.size)  # all groups have the same
    folded = replace(
        ssm,
        V=_single(V),
        V_bias=_single(V_bias),
        G=_single(G),
        G_bias=_single(G_bias),
        C=_single(C),
        D=_single(D[of_one]),
        D_bias=_single(D_bias[of_one] + C_bias),
    )
    return replace(like, ssm=folded, gate=_linear(matrices, f"the gate of {name}", like.gate))


def _single(values: NDArray[np.float64]) -> Array:
    return jnp.asarray(values, jnp.float32)
