"""y = W x + b where W is 0 outside of a known pattern, by a few products of near rows: most zeros multiply nothing.

A block is some rows of W together with the columns that they read. Derivatives are products of blocks, too; that by x
is one of blocks of W transposed. Which places W has is the business of bands.py.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.nn.affine import by_weights, product

Runs = tuple[tuple[int, int], ...]
"""Stretches of an axis, first and one behind the last, lowest first."""


class Block(NamedTuple):
    """Rows, and the columns that they read."""

    rows: Runs
    columns: Runs


class Pattern(NamedTuple):
    """A matrix [rows, columns] in blocks: `forward` has every row once, `backward` every row of the transposed one."""

    forward: tuple[Block, ...]
    backward: tuple[Block, ...]


def pattern_of(places: NDArray[np.bool_], count: int) -> Pattern:
    """Up to `count` blocks, either way, that hold all places [rows, columns] where a weight may stand."""
    return Pattern(_blocks(places, count), _blocks(places.T, count))


def _blocks(places: NDArray[np.bool_], count: int) -> tuple[Block, ...]:
    nearest = np.argsort(places.argmax(axis=1), kind="stable")  # by the first column that a row reads
    shares = [share for share in np.array_split(nearest, count) if share.size]
    return tuple(Block(_runs(share), _runs(np.flatnonzero(places[share].any(axis=0)))) for share in shares)


def _runs(places: NDArray[np.int64]) -> Runs:
    """What these numbers, in any order, make up without a gap."""
    places = np.unique(places)
    stretches = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return tuple((int(each[0]), int(each[-1]) + 1) for each in stretches if each.size)


@partial(jax.custom_vjp, nondiff_argnums=(3,))
def block_affine(x: Array, weight: Array, bias: Array, pattern: Pattern) -> Array:
    """x W^T + b: x [..., in], weight [out, in], 0 outside of the pattern, and bias [out] to [..., out]."""
    return _product(x, weight, pattern.forward) + bias


def _forward(x: Array, weight: Array, bias: Array, pattern: Pattern) -> tuple[Array, tuple[Array, Array]]:
    return block_affine(x, weight, bias, pattern), (x, weight)


def _backward(pattern: Pattern, kept: tuple[Array, Array], g: Array) -> tuple[Array, Array, Array]:
    x, weight = kept
    of_weight = jnp.zeros(weight.shape, x.dtype)
    of_bias = jnp.zeros(weight.shape[:1], x.dtype)
    for block in pattern.forward:
        products, sums = by_weights(_taken(x, block.columns), _taken(g, block.rows), weight.dtype)
        rows, columns = _numbers(block.rows), _numbers(block.columns)
        of_weight = of_weight.at[rows[:, None], columns].set(products)
        of_bias = of_bias.at[rows].set(sums)
    return _product(g, weight.T, pattern.backward), of_weight.astype(weight.dtype), of_bias


block_affine.defvjp(_forward, _backward)


def _product(x: Array, weight: Array, blocks: tuple[Block, ...]) -> Array:
    """x W^T of the blocks of W."""
    pieces: dict[int, Array] = {}
    for block in blocks:
        rows = _taken(weight.T, block.rows).T
        y = product(_taken(x, block.columns), _taken(rows, block.columns))
        ends = np.cumsum([stop - start for start, stop in block.rows])
        pieces.update(zip((start for start, _ in block.rows), jnp.split(y, ends[:-1], axis=-1), strict=True))
    return jnp.concatenate([pieces[start] for start in sorted(pieces)], axis=-1)


def _taken(x: Array, runs: Runs) -> Array:
    """These stretches of the last axis, side by side."""
    return jnp.concatenate([x[..., start:stop] for start, stop in runs], axis=-1)


def _numbers(runs: Runs) -> NDArray[np.int64]:
    return np.concatenate([np.arange(start, stop) for start, stop in runs])
