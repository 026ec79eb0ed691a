"""From a map, a TOML text that says what the tensors of a model are, to its Network.

A map has an [encoder], a list of [[layers]], a [decoder] and an `output`, all but one of them optional. What a table
holds is table.py's, what the kinds of recurrence are recurrences.py's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from linnet.foreign.network import (
    Activation,
    Block,
    Dense,
    Glu,
    Kind,
    Network,
    Norm,
    Step,
)
from linnet.foreign.recurrences import RECURRENCES
from linnet.foreign.refused import choose
from linnet.foreign.table import Table
from linnet.foreign.tensors import Tensors

Array = NDArray[Any]
CHOSEN = ("relu", "silu", "sigmoid", "tanh", "gelu", "gelu_tanh")  # the activations that a map may name
BATCH_EPSILON = 1e-5  # of PyTorch, Flax and Equinox alike


def describe(text: str, tensors: Tensors, *, dtype: DTypeLike = np.float64) -> Network:
    """The network that a map describes; `dtype` is that of all its numbers, from the tensors on.

    Raises:
        ValueError: the map or a tensor is not as it must be, or there is no integer form of what it names.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the map is no TOML ({error}), so it cannot be read; correct it there.") from error
    top = Table(values, "", tensors, dtype=dtype)
    blocks = [*_end(top, "encoder")]
    for layer in top.repeated("layers"):
        blocks.append(_layer(layer))
    blocks += _end(top, "decoder")
    output = choose(top.text("output", "linear"), ("linear", "sigmoid"), "output")
    top.finish()
    inputs = _inputs(blocks)
    if output == "sigmoid":
        blocks[-1] = _before_sigmoid(blocks[-1])
    return Network(inputs, tuple(blocks))


def _before_sigmoid(block: Block) -> Block:
    """The last block with a sigmoid after everything it does."""
    sigmoid = Activation("output", "sigmoid")
    if block.residual or block.after:
        return replace(block, after=(*block.after, sigmoid))
    return replace(block, steps=(*block.steps, sigmoid))


def _inputs(blocks: list[Block]) -> int:
    """How many values the first step takes that says so."""
    for step in (step for block in blocks for step in (*block.steps, *block.after)):
        for name, field in step.READS.items():
            if field == "in" and getattr(step, name, None) is not None:
                return int(getattr(step, name).shape[-1])
        if isinstance(step, Norm):
            return int(step.scale.size)
    raise ValueError(
        "the map names no matrix, so the number of inputs is not known; describe an encoder or a layer."
    )


def _end(top: Table, key: str) -> list[Block]:
    """The encoder or the decoder, if the map has it."""
    if key not in top:
        return []
    table = top.inner(key)
    steps: list[Step] = [_dense(table, key)]
    steps += _activation(table, key)
    table.finish()
    return [Block(key, tuple(steps))]


def _layer(table: Table) -> Block:
    """Norm, recurrence, activation and mixer, each where the table has it; then the residual, then `norm_after`."""
    name = table.where
    steps: list[Step] = []
    if "norm" in table:
        steps.append(_norm(table.inner("norm")))
    if "recurrence" in table:
        inner = table.inner("recurrence")
        kind = choose(inner.text("kind"), RECURRENCES, inner.where)
        steps.append(RECURRENCES[kind](inner))
        inner.finish()
    steps += _activation(table, name)
    if "mixer" in table:
        inner = table.inner("mixer")
        kind = choose(inner.text("kind"), MIXERS, inner.where)
        steps += MIXERS[kind](inner)
        inner.finish()
    after = (_norm(table.inner("norm_after")),) if "norm_after" in table else ()
    residual = table.flag("residual", True)
    table.finish()
    return Block(name, tuple(steps), residual, after)


def _activation(table: Table, where: str, key: str = "activation") -> list[Step]:
    kind = table.text(key, "none")
    if kind == "none":
        return []
    return [Activation(f"{where}.{key}", cast(Kind, choose(kind, CHOSEN, f"{key} of {where}")))]


def _norm(table: Table) -> Norm:
    """`batch`: (x - mean) / sqrt(var + eps) weight + bias; `affine`: scale x + offset."""
    if choose(table.text("kind"), ("batch", "affine"), table.where) == "affine":
        scale = table.real("scale")
        norm = Norm(table.where, scale, table.bias("offset", scale.size))
    else:
        var = table.real("var")
        scale = 1 / np.sqrt(var + np.asarray(table.number("eps", BATCH_EPSILON), var.dtype))
        scale = scale * _alike(table, "weight", var) if "weight" in table else scale
        norm = Norm(table.where, scale, table.bias("bias", scale.size) - _alike(table, "mean", var) * scale)
    table.finish()
    return norm


def _alike(table: Table, key: str, other: Array) -> Array:
    """A tensor of the shape of the variances."""
    array = table.real(key)
    if array.shape != other.shape:
        raise ValueError(
            f"{key} of {table.where} has shape {array.shape} and its var {other.shape}, but a norm has one of each for "
            "each value; name another tensor."
        )
    return array


def _dense(table: Table, name: str) -> Dense:
    weight = table.matrix("weight")
    return Dense(name, weight, table.bias("bias", weight.shape[0]))


def _linear(table: Table) -> list[Step]:
    return [_dense(table, table.where)]


def _mlp(table: Table) -> list[Step]:
    """down(activation(up(x)))."""
    up, down = table.matrix("up"), table.matrix("down")
    return [
        Dense(f"{table.where}.up", up, table.bias("up_bias", up.shape[0])),
        *_activation(table, table.where),
        Dense(f"{table.where}.down", down, table.bias("down_bias", down.shape[0])),
    ]


def _glu(table: Table) -> list[Step]:
    """value(x) sigmoid(gate(x))."""
    value, gate = table.matrix("value"), table.matrix("gate")
    biases = table.bias("value_bias", value.shape[0]), table.bias("gate_bias", gate.shape[0])
    return [Glu(table.where, value, biases[0], gate, biases[1])]


def _half_glu(table: Table) -> list[Step]:
    """x sigmoid(gate(x))."""
    gate = table.matrix("gate")
    return [Glu(table.where, None, None, gate, table.bias("gate_bias", gate.shape[0]))]


MIXERS: dict[str, Callable[[Table], list[Step]]] = {
    "linear": _linear,
    "mlp": _mlp,
    "glu": _glu,
    "half_glu": _half_glu,
}
