"""Which weights stay: from scores and a wanted number to a mask of the same shape, under what the engine likes.

`keep_best` is the pruning rule. The others are it again on groups: of `multiple` weights in a window of a row, so that
packed rows have no padding; of two weights in each of 16 rows, so that steps of 16 rows are full; or of the best N of
every M. All are traceable by JAX; the numbers to keep may be traced.
"""

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

SLICE_ROWS, SLICE_WINDOW, SLICE_EACH = 16, 16, 2
"""A group of the sliced pattern, a step of the engine on AVX2: rows, columns of its window, weights of each row."""


def keep_best(scores: Array, count: Array | int) -> Array:
    """The pruning rule: True for the `count` highest of the scores, whatever their shape; the first of equals."""
    order = jnp.argsort(-scores.reshape(-1), stable=True)
    rank = jnp.zeros(order.shape, jnp.int32).at[order].set(jnp.arange(order.size, dtype=jnp.int32))
    return (rank < count).reshape(scores.shape)


def keep_best_packed(scores: Array, count: Array | int, *, window: int, multiple: int = 4) -> Array:
    """Like `keep_best`, but every row has a multiple of `multiple` weights in each `window` of columns.

    A window's weights are ranked and cut into groups, best first; whole groups are kept, those of the highest sum of
    scores. scores [out, in] >= 0. Keeps the number of groups nearest to `count`.
    """
    rows, columns = scores.shape
    width = -(-columns // window) * window
    padded = jnp.pad(scores, ((0, 0), (0, width - columns)), constant_values=-jnp.inf)
    windows = padded.reshape(rows, -1, window)
    order = jnp.argsort(-windows, axis=-1, stable=True)
    ranked = jnp.take_along_axis(windows, order, axis=-1)
    groups = jnp.sum(
        ranked.reshape(rows, -1, window // multiple, multiple), axis=-1
    )  # -inf where padding is in it
    groups_to_keep = jnp.round(jnp.asarray(count) / multiple).astype(jnp.int32)
    kept = keep_best(groups, groups_to_keep) & jnp.isfinite(groups)
    best_first = jnp.repeat(kept, multiple, axis=-1)
    place = jnp.argsort(order, axis=-1)
    mask = jnp.take_along_axis(best_first, place, axis=-1)
    return mask.reshape(rows, width)[:, :columns]


def keep_best_sliced(scores: Array, count: Array | int) -> Array:
    """Slices of rows choose windows of columns, and each row of a slice its places in them.

    In each window every row ranks its weights and cuts them into pairs, best first; the first pairs of all 16 rows of a
    slice are a group, the second ones another. Whole groups are kept, those of the highest mean score. Keeps at most
    `count` weights, and less than a group fewer. scores [out, in] >= 0. The last slice may have fewer rows. Columns
    behind the last whole window are a window of their own; where that is a single one, none of it is kept.
    """
    rows, columns = scores.shape
    height, width = -(-rows // SLICE_ROWS) * SLICE_ROWS, -(-columns // SLICE_WINDOW) * SLICE_WINDOW
    padded = jnp.pad(scores, ((0, 0), (0, width - columns)), constant_values=-jnp.inf)
    windows = jnp.pad(padded, ((0, height - rows), (0, 0))).reshape(height, -1, SLICE_WINDOW)
    order = jnp.argsort(-windows, axis=-1, stable=True)
    ranked = jnp.take_along_axis(windows, order, axis=-1)
    pairs = jnp.sum(ranked.reshape(height, -1, SLICE_WINDOW // SLICE_EACH, SLICE_EACH), axis=-1)
    pairs = jnp.where((jnp.arange(height) < rows)[:, None, None], pairs, 0)
    sizes = SLICE_EACH * jnp.clip(rows - jnp.arange(0, height, SLICE_ROWS), 0, SLICE_ROWS)[:, None, None]
    means = jnp.sum(pairs.reshape(height // SLICE_ROWS, SLICE_ROWS, *pairs.shape[1:]), axis=1) / sizes
    best = jnp.argsort(-means.reshape(-1), stable=True)
    weights = jnp.cumsum(jnp.broadcast_to(sizes, means.shape).reshape(-1)[best])
    kept = jnp.zeros(means.size, bool).at[best].set(weights <= count).reshape(means.shape) & jnp.isfinite(
        means
    )
    best_first = jnp.repeat(jnp.repeat(kept, SLICE_ROWS, axis=0), SLICE_EACH, axis=-1)
    mask = jnp.take_along_axis(best_first, jnp.argsort(order, axis=-1), axis=-1)
    return mask.reshape(height, width)[:rows, :columns]


def keep_n_of_m(scores: Array, n: Array | int, m: int) -> Array:
    """The `n` highest of every `m` neighbours in a row; columns that fill no whole group of m count as one group."""
    rows, columns = scores.shape
    width = -(-columns // m) * m
    groups = jnp.pad(scores, ((0, 0), (0, width - columns)), constant_values=-jnp.inf).reshape(rows, -1, m)
    rank = jnp.argsort(jnp.argsort(-groups, axis=-1, stable=True), axis=-1)
    return (rank < n).reshape(rows, width)[:, :columns]


def keep_best_of_all(
    scores: Mapping[str, Array], count: Array | int, *, worth: Mapping[str, int] | None = None
) -> dict[str, Array]:
    """`keep_best` over several matrices at once: the highest scores wherever they are, `count` weights in all.

    worth: how many weights a score of a matrix stands for, 1 unless told; the best scores whose sum of weights is at
    most `count` stay then.
    """
    flat = jnp.concatenate([each.reshape(-1) for each in scores.values()])
    each_stands_for = jnp.concatenate(
        [jnp.full(each.size, (worth or {}).get(name, 1), jnp.int32) for name, each in scores.items()]
    )
    order = jnp.argsort(-flat, stable=True)
    flat = jnp.zeros(flat.shape, bool).at[order].set(jnp.cumsum(each_stands_for[order]) <= count)
    masks, start = {}, 0
    for name, each in scores.items():
        masks[name] = flat[start : start + each.size].reshape(each.shape)
        start += each.size
    return masks
