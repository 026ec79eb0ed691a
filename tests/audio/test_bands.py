"""Bands: every bin belongs to one, and what is spread over bins again is smooth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.audio.bands import band_starts, between, merged, spread


@given(st.integers(9, 600), st.integers(2, 40))
@settings(max_examples=60, deadline=None)
def test_a_band_is_as_wide_as_the_ratio_says(bins, ratio):
    starts = band_starts(bins, ratio)
    widths = np.diff(np.append(starts, bins))
    assert starts[0] == 0
    assert np.all(widths[:-1] == np.maximum(1, starts[:-1] // ratio))
    assert 1 <= widths[-1] <= max(1, starts[-1] // ratio)


def test_without_a_ratio_every_bin_is_a_band_and_nothing_changes():
    values, starts = np.random.default_rng(0).uniform(0, 1, (3, 33)).astype(np.float32), band_starts(33, 0)
    assert np.array_equal(merged(values, starts), values)
    assert np.array_equal(spread(values, starts, 33), values)


@pytest.mark.parametrize("ratio", [3, 8])
def test_bands_hold_the_means_of_their_bins(ratio):
    values, starts = (
        np.random.default_rng(1).uniform(0, 1, (2, 65)).astype(np.float32),
        band_starts(65, ratio),
    )
    expected = [values[:, a:b].mean(1) for a, b in zip(starts, [*starts[1:], 65], strict=True)]
    np.testing.assert_allclose(merged(values, starts), np.stack(expected, 1), rtol=1e-6)


@given(st.integers(9, 300), st.integers(2, 20), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_gain_that_is_a_straight_line_over_the_middles_stays_one_and_no_gain_leaves_its_neighbours(
    bins, ratio, seed
):
    starts = band_starts(bins, ratio)
    middles = (starts + np.append(starts[1:], bins) - 1) / 2
    every = np.clip(np.arange(bins), middles[0], middles[-1])
    line = spread((middles / bins).astype(np.float32), starts, bins)
    np.testing.assert_allclose(line, every / bins, atol=1e-6)
    gains = np.random.default_rng(seed).uniform(0, 1, len(starts)).astype(np.float32)
    band, share = between(starts, bins)
    both = np.stack([gains[band], gains[band + 1]])
    found = spread(gains, starts, bins)
    assert np.all(found >= both.min(0) - 1e-6)
    assert np.all(found <= both.max(0) + 1e-6)
    assert np.all((share >= 0) & (share <= 1))
