"""Matrices in flash: nothing is lost in any layout, and the rule takes the cheapest that is not larger than dense."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.compiler.flash import QUAD_ORDER, FlashMatrix, Layout, choose, lay_out


def unpacked(matrix: FlashMatrix) -> np.ndarray:
    """The matrix again, read as engine/src/flash/flash.h says."""
    if matrix.layout is Layout.DENSE:
        groups = matrix.weights.reshape(-(-matrix.rows // 4), -(-matrix.columns // 4), 4, 4)
        quads = np.empty_like(groups)
        quads[..., QUAD_ORDER] = groups
        rows = quads.transpose(0, 2, 1, 3).reshape(groups.shape[0] * 4, -1)
        assert not rows[matrix.rows :].any()
        assert not rows[:, matrix.columns :].any()
        return rows[: matrix.rows, : matrix.columns]
    assert matrix.steps is not None
    assert matrix.gaps is not None
    if matrix.layout is Layout.PACKED:
        return unpacked_nibbles(matrix)
    by_rows = matrix.layout is Layout.ROWS
    lines = np.zeros((matrix.rows, matrix.columns) if by_rows else (matrix.columns, matrix.rows), np.int8)
    entry = 0
    for line, steps in zip(lines, matrix.steps, strict=True):
        place, count = 0, 4 * int(steps)
        for gap, weight in zip(
            matrix.gaps[entry : entry + count], matrix.weights[entry : entry + count], strict=True
        ):
            place += int(gap)
            line[place] += weight
        entry += count
    assert entry == matrix.weights.size
    return lines if by_rows else lines.T


def unpacked_nibbles(matrix: FlashMatrix) -> np.ndarray:
    assert matrix.steps is not None
    assert matrix.gaps is not None
    nibbles = [nibble for byte in matrix.gaps.tolist() for nibble in (byte & 15, byte >> 4)]
    rows, weights, read = np.zeros((matrix.rows, matrix.columns), np.int8), iter(matrix.weights), 0
    for row, count in zip(rows, matrix.steps.tolist(), strict=True):
        place = -1
        for _ in range(count):
            while nibbles[read] == 15:
                place, read = place + 15, read + 1
            place, read = place + nibbles[read] + 1, read + 1
            row[place] = next(weights)
    assert next(weights, None) is None
    assert len(nibbles) - read < 8
    return rows


@pytest.mark.parametrize("layout", Layout)
@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 1100),
    density=st.sampled_from([0.0, 0.003, 0.1, 1.0]),
    seed=st.integers(0, 99),
)
def test_no_layout_loses_a_weight(layout: Layout, rows: int, columns: int, density: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight = rng.integers(-128, 128, (rows, columns)).astype(np.int8)
    weight[rng.random(weight.shape) >= density] = 0
    assert np.array_equal(unpacked(lay_out(weight, layout)), weight)
    assert np.array_equal(unpacked(lay_out(weight.T.copy(), layout)), weight.T)


@pytest.mark.parametrize(
    ("density", "activity", "layout"),
    [
        (1.0, 0.01, Layout.DENSE),
        (0.4, 1.0, Layout.DENSE),
        (0.4, 0.1, Layout.COLUMNS),
        (0.1, 1.0, Layout.ROWS),
        (0.1, 0.5, Layout.COLUMNS),
        (0.0, 0.0, Layout.ROWS),
    ],
)
def test_the_rule_weighs_density_against_activity(density: float, activity: float, layout: Layout) -> None:
    weight = np.zeros(1000, np.int8)
    weight[: round(1000 * density)] = 1
    assert choose(weight.reshape(10, 100), activity) is layout


@given(st.integers(1, 60), st.integers(1, 300), st.floats(0, 1), st.floats(0, 1))
def test_no_choice_takes_more_flash_than_the_dense_layout_would(
    rows: int, columns: int, density: float, activity: float
) -> None:
    """But for the counts of steps, the entries that fill up a step, and those on ways longer than 255."""
    weight = (np.random.default_rng(0).random((rows, columns)) < density).astype(np.int8)
    chosen = lay_out(weight, choose(weight, activity))
    slack = 2 * max(rows, columns) * (1 + 3 + -(-max(rows, columns) // 255))
    assert chosen.flash_bytes <= lay_out(weight, Layout.DENSE).flash_bytes + slack


@pytest.mark.parametrize("density", [0.03, 0.1, 0.3])
def test_packed_is_smaller_than_every_other_layout_of_a_sparse_matrix(density: float) -> None:
    weight = (np.random.default_rng(1).random((240, 240)) < density).astype(np.int8)
    sizes = {layout: lay_out(weight, layout).flash_bytes for layout in Layout}
    others = min(size for layout, size in sizes.items() if layout is not Layout.PACKED)
    assert sizes[Layout.PACKED] < others
