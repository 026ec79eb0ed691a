"""The range coder gives back every symbol, at the price that its frequency says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.runtime.range_coder import BYTES_AT_END, LARGEST_TOTAL, RangeDecoder
from tests.runtime.range_encoder import RangeEncoder

Parts = list[tuple[int, int, int]]


@st.composite
def parts(draw: st.DrawFn) -> tuple[int, int, int]:
    """A start, a size and a total; extremes are drawn often."""
    total = draw(st.one_of(st.integers(1, 300), st.integers(1, LARGEST_TOTAL), st.just(LARGEST_TOTAL)))
    start = draw(st.one_of(st.just(0), st.just(total - 1), st.integers(0, total - 1)))
    size = draw(st.one_of(st.just(1), st.just(total - start), st.integers(1, total - start)))
    return start, size, total


def encoded(symbols: Parts) -> bytes:
    encoder = RangeEncoder()
    for each in symbols:
        encoder.encode(*each)
    return encoder.finish()


@given(st.lists(parts(), max_size=200))
def test_every_symbol_comes_back(symbols: Parts) -> None:
    decoder = RangeDecoder(encoded(symbols))
    for start, size, total in symbols:
        assert start <= decoder.target(total) < start + size
        decoder.take(start, size)
    assert decoder.is_at_end


@pytest.mark.parametrize("seed", range(20))
def test_a_carry_passes_through_bytes_of_255(seed: int) -> None:
    # parts at the upper end of the range keep its top bytes at 255, until one far down is chosen or a carry comes
    rng = np.random.default_rng(seed)
    symbols = []
    for _ in range(400):
        total = 1 << int(rng.integers(1, 20))
        start = total - 1 if rng.random() < 0.9 else int(rng.integers(total))
        symbols.append((start, 1, total))
    decoder = RangeDecoder(encoded(symbols))
    for start, size, total in symbols:
        assert decoder.target(total) == start
        decoder.take(start, size)
    assert decoder.is_at_end


def test_a_carry_happens() -> None:
    # three quarters, then the upper end: the second byte out is one more than what was held
    low = encoded([(0, 1, 3)] * 100)
    high = encoded([(2, 1, 3)] * 100)
    mixed = encoded([(1, 1, 3)] * 100)
    assert low < mixed < high  # larger parts give larger bytes, in order


@pytest.mark.parametrize("total", [7, 1000, 1 << 23, LARGEST_TOTAL])
def test_a_text_costs_what_its_frequencies_say(total: int) -> None:
    rng = np.random.default_rng(0)
    sizes = np.maximum(1, rng.integers(1, total, 500) // 3)
    symbols = [(0, int(size), total) for size in sizes]
    bits = sum(math.log2(total / size) for _, size, _ in symbols)
    spare = 8 * len(encoded(symbols)) - bits
    # each division cuts off less than 2^-12 of the range; the end writes BYTES_AT_END, of which 8 bits may be used
    assert 0 <= spare < 8 * (BYTES_AT_END + 1) + len(symbols) * 2**-11


@given(st.binary(max_size=40), st.lists(st.integers(1, LARGEST_TOTAL), max_size=60))
def test_damaged_bytes_give_symbols_too(data: bytes, totals: list[int]) -> None:
    decoder = RangeDecoder(data)
    for total in totals:
        target = decoder.target(total)
        assert 0 <= target < total
        decoder.take(target, 1)
