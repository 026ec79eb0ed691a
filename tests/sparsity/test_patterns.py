"""Patterns, each against its definition in plain Python: exactly so many, the best, the first of equals."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
import jax

from linnet.sparsity.patterns import (
    SLICE_EACH,
    SLICE_ROWS,
    SLICE_WINDOW,
    keep_best,
    keep_best_of_all,
    keep_best_packed,
    keep_best_sliced,
    keep_n_of_m,
)

ROWS, COLUMNS = 3, 21  # windows of 8 columns: two whole ones, and 5 columns, of which one group of 4 can stay
SIZE = ROWS * COLUMNS
WINDOW, M = 8, 8
WIDTHS = [8, 8, 5]


@st.composite
def scores(draw: st.DrawFn) -> np.ndarray:
    """[ROWS, COLUMNS] float32 with many equals, so that ties are decided everywhere."""
    values = draw(st.integers(1, 50))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.integers(0, values, (ROWS, COLUMNS)).astype(np.float32)


def best(values: list[float], count: int) -> set[int]:
    """The definition: places of the `count` highest, the first of equals."""
    return set(sorted(range(len(values)), key=lambda i: (-values[i], i))[: max(count, 0)])


def places(mask: object) -> set[int]:
    return set(np.flatnonzero(np.asarray(mask)).tolist())


plain = jax.jit(keep_best)
packed = jax.jit(partial(keep_best_packed, window=WINDOW))
sliced = jax.jit(keep_best_sliced)
of_m = jax.jit(partial(keep_n_of_m, m=M))
of_all = jax.jit(keep_best_of_all)
of_all_with_pairs = jax.jit(partial(keep_best_of_all, worth={"pairs": 2}))


@settings(max_examples=50)
@given(given_scores=scores(), count=st.integers(0, SIZE + 3))
def test_exactly_so_many_stay_and_they_are_the_highest(given_scores, count):
    mask = plain(given_scores, count)
    assert mask.shape == given_scores.shape
    assert mask.dtype == bool
    assert places(mask) == best(given_scores.ravel().tolist(), count)


def in_windows(values: np.ndarray) -> list[np.ndarray]:
    return [part for row in values for part in np.split(row, np.cumsum(WIDTHS)[:-1])]


@settings(max_examples=50)
@given(given_scores=scores(), count=st.integers(0, SIZE))
def test_packed_rows_have_whole_groups_in_every_window_and_the_best_of_them(given_scores, count):
    mask = np.asarray(packed(given_scores, count))
    for part in in_windows(mask):
        assert part.sum() % 4 == 0
    # the definition: each window ranked and cut into whole groups of 4, of all groups those of the highest sums
    groups, members, offset = [], [], 0
    for part in in_windows(given_scores):
        order = sorted(range(part.size), key=lambda i: (-part[i], i))
        for first in range(0, part.size - 3, 4):
            groups.append(sum(part[i] for i in order[first : first + 4]))
            members.append({offset + i for i in order[first : first + 4]})
        offset += part.size
    kept = best(groups, round(count / 4))
    assert places(mask) == set().union(*(members[i] for i in kept))


@settings(max_examples=30)
@given(given_scores=scores(), count=st.integers(0, SIZE))
def test_packed_rows_keep_the_number_of_groups_nearest_to_what_was_asked(given_scores, count):
    possible = ROWS * sum(width // 4 for width in WIDTHS)
    assert packed(given_scores, count).sum() == 4 * min(round(count / 4), possible)


@settings(max_examples=30)
@given(given_scores=scores(), n=st.integers(0, M))
def test_of_every_m_neighbours_the_n_highest_stay(given_scores, n):
    mask, expected, offset = of_m(given_scores, n), set(), 0
    for part in in_windows(given_scores):  # M is as wide as a window; the 5 columns at the end are one group
        expected |= {offset + i for i in best(part.tolist(), n)}
        offset += part.size
    assert places(mask) == expected


@settings(max_examples=30)
@given(one=scores(), other=scores(), count=st.integers(0, 2 * SIZE))
def test_over_several_matrices_the_highest_stay_wherever_they_are(one, other, count):
    masks = of_all({"one": one, "other": other}, count)
    together = np.concatenate([masks["one"].ravel(), masks["other"].ravel()])
    assert places(together) == best([*one.ravel().tolist(), *other.ravel().tolist()], count)


@settings(max_examples=30)
@given(one=scores(), pairs=scores(), count=st.integers(0, 3 * SIZE))
def test_scores_of_pairs_count_twice_and_none_is_kept_that_would_be_too_much(one, pairs, count):
    masks = of_all_with_pairs({"one": one, "pairs": pairs}, count)
    kept = int(masks["one"].sum() + 2 * masks["pairs"].sum())
    assert count - 1 <= kept <= count
    mask = np.concatenate([masks["one"], masks["pairs"]])
    values = np.concatenate([one, pairs])
    assert np.where(mask, -1, values).max() <= np.where(mask, values, 99).min()


TALL, WIDE = 19, 37  # a whole slice and one of 3 rows; two whole windows and one of 5 columns


def groups_of(values: np.ndarray) -> list[tuple[float, set[int]]]:
    """The definition: mean score and places of every group, slice by slice, window by window, best pairs first."""
    found = []
    for top in range(0, TALL, SLICE_ROWS):
        for left in range(0, WIDE, SLICE_WINDOW):
            part = values[top : top + SLICE_ROWS, left : left + SLICE_WINDOW]
            ranked = [sorted(range(part.shape[1]), key=lambda i: (-row[i], i)) for row in part]
            for first in range(0, part.shape[1] - SLICE_EACH + 1, SLICE_EACH):
                chosen = [order[first : first + SLICE_EACH] for order in ranked]
                members = {(top + r) * WIDE + left + i for r, columns in enumerate(chosen) for i in columns}
                found.append((float(np.mean([values.ravel()[i] for i in sorted(members)])), members))
    return found


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, TALL * WIDE))
def test_slices_keep_whole_groups_and_those_of_the_highest_mean(seed, count):
    # powers of two as sizes and small integers as scores: every mean of 32 is exact, and of 6 the nearest float32
    values = np.random.default_rng(seed).integers(0, 1000, (TALL, WIDE)).astype(np.float32)
    expected, used = set(), 0
    for _, members in sorted(groups_of(values), key=lambda group: -group[0]):
        used += len(members)
        expected |= members if used <= count else set()
    assert places(sliced(values, count)) == expected


def test_every_row_of_a_slice_has_as_many_weights_in_each_window():
    values = np.random.default_rng(0).random((48, 64)).astype(np.float32)
    mask = np.asarray(sliced(values, 600)).reshape(3, SLICE_ROWS, 4, SLICE_WINDOW)
    each = mask.sum(axis=-1)
    assert np.array_equal(each, np.broadcast_to(each[:, :1], each.shape))
    assert not np.any(each % SLICE_EACH)
    assert 600 - SLICE_ROWS * SLICE_EACH < mask.sum() <= 600
