"""The stored form of a sparse matrix: exact, small, and refused when it does not add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from linnet.ir.sparse import SparseForm, decode_sparse, encode_sparse


@given(
    arrays(
        np.int8,
        array_shapes(min_dims=2, max_dims=2, max_side=70),
        elements=st.integers(-128, 127),
        fill=st.just(np.int8(0)),
    )
)
def test_every_matrix_comes_back(weight: np.ndarray) -> None:
    assert np.array_equal(decode_sparse(encode_sparse(weight), weight.shape[1]), weight)


def test_the_bytes_are_the_ones_the_engine_reads() -> None:
    weight = np.zeros((3, 40), np.int8)
    weight[0, 2], weight[0, 3] = 5, -6  # gaps 2, 0
    weight[2, 15], weight[2, 39] = 7, 8  # gaps 15 = nibbles 15 0, and 23 = 15 8
    form = encode_sparse(weight)
    assert form.values.tolist() == [5, -6, 7, 8]
    assert form.counts.tolist() == [2, 0, 2]
    assert form.gaps.view(np.uint8).tolist() == [0x02, 0x0F, 0x8F]


def test_ninety_percent_zeros_cost_less_than_1_7_bytes_per_nonzero() -> None:
    rng = np.random.default_rng(0)
    weight = rng.integers(1, 128, (256, 257)).astype(np.int8)
    weight[rng.random(weight.shape) < 0.9] = 0
    form = encode_sparse(weight)
    assert form.stored_bytes / form.values.size < 1.7


WEIGHT = np.array([[0, 3, 0, 0], [0, 0, 0, 0], [1, 0, 0, 2]], np.int8)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"counts": np.array([1, 0, 3], np.int16)}, "do not add up"),
        ({"counts": np.array([2, -1, 2], np.int16)}, "do not add up"),
        ({"gaps": np.array([0x01], np.int8)}, "bytes of gaps do not hold"),
        ({"gaps": np.array([0x01, 0x02, 0x00], np.int8)}, "bytes of gaps"),
        ({"gaps": np.array([0x01, 0x12], np.int8)}, "bytes of gaps do not hold"),
        ({"gaps": np.full(2, -1, np.int8)}, "bytes of gaps do not hold"),
        ({"gaps": np.array([0x01, 0x03], np.int8)}, "past its 4 columns"),
        ({"gaps": np.zeros(1000, np.int8)}, "more than its matrix can need"),
        ({"counts": np.array([3, 0, 0], np.int16)}, "past its 4 columns"),
    ],
)
def test_a_form_that_does_not_add_up_is_refused(changes: dict[str, np.ndarray], reason: str) -> None:
    form = encode_sparse(WEIGHT)
    assert form.gaps.tolist() == [0x01, 0x02]
    with pytest.raises(ValueError, match=reason):
        decode_sparse(replace(form, **changes), 4)


@given(
    st.binary(min_size=1, max_size=40),
    st.lists(st.integers(-2, 12), min_size=1, max_size=8),
    st.integers(1, 40),
    st.integers(1, 30),
)
def test_any_bytes_give_a_matrix_or_a_refusal(
    gaps: bytes, counts: list[int], values: int, columns: int
) -> None:
    form = SparseForm(np.ones(values, np.int8), np.frombuffer(gaps, np.int8), np.array(counts, np.int16))
    try:
        weight = decode_sparse(form, columns)
    except ValueError:
        return
    assert np.array_equal((weight != 0).sum(axis=1), counts)
    assert np.array_equal(encode_sparse(weight).gaps, form.gaps)
