"""Fronts, bands and savings of results whose law is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from linnet.study import tables
from linnet.study.fronts import band_of, common_range, cost_at, resampled, saving
from linnet.study.points import label, mixed_settings, points_of, series_of
from tests.study.results import CLIPS, WIDTHS, results_by_law


def test_points_join_the_seeds_and_series_the_widths() -> None:
    series = series_of(points_of(results_by_law(seeds=3), "val"))
    assert list(series) == ["90 % sparse", "dense"]
    for points in series.values():
        assert [point.settings["model.width"] for point in points] == list(WIDTHS)
        assert all(point.scores.shape == (3, CLIPS) for point in points)


def test_trials_of_another_recipe_are_no_seeds_of_a_point() -> None:
    results = results_by_law(seeds=2)
    for seed, result in enumerate(results):
        result["recipe"] = f'name = "trial {seed}"\n[training]\nseed = {seed}\nupdates = 30\n'
    assert mixed_settings(results) is None
    results[-1]["recipe"] = results[-1]["recipe"].replace("30", "400")
    assert mixed_settings(results) == {"model.width": WIDTHS[-1], "sparsity.density": 0.1}


def test_the_cost_at_a_quality_is_that_of_the_points_and_log_linear_between_them() -> None:
    quality, costs = np.array([1.0, 3.0, 2.0]), np.array([1.0, 100.0, 10.0])
    at = cost_at(quality, costs, np.array([1.0, 1.5, 2.0, 3.0]))
    np.testing.assert_allclose(at, [1.0, np.sqrt(10), 10.0, 100.0])


def test_nothing_is_read_beyond_the_ends_of_a_front() -> None:
    assert np.isnan(cost_at(np.array([1.0, 2.0]), np.array([1.0, 2.0]), np.array([0.99, 2.01]))).all()


def test_a_dearer_model_that_is_worse_is_not_on_the_front() -> None:
    at = cost_at(np.array([1.0, 0.5, 2.0]), np.array([1.0, 2.0, 4.0]), np.array([0.5, 1.5]))
    assert np.isnan(at[0])
    assert at[1] == pytest.approx(2.0)


def test_a_saving_of_two_is_found_as_two_with_an_interval_around_it() -> None:
    exact = series_of(points_of(results_by_law(spread_db=0.0), "val"))
    ends = common_range(exact["dense"], exact["90 % sparse"])
    assert ends is not None
    middle = np.array([np.mean(ends)])
    found = saving(exact["dense"], exact["90 % sparse"], "macs_per_second", middle).bands[0]
    assert found.value == pytest.approx(2.0)
    assert found.low == pytest.approx(2.0)  # every series has the same clips, so that only seeds could tell
    bytes_ = saving(exact["dense"], exact["90 % sparse"], "stored_bytes", middle).bands[0]
    assert bytes_.value == pytest.approx(4 / 3)
    noisy = series_of(points_of(results_by_law(seeds=3, spread_db=0.2), "val"))
    band = saving(noisy["dense"], noisy["90 % sparse"], "macs_per_second", middle).bands[0]
    assert band.low < band.value < band.high
    assert band.low < 2.0 < band.high


def test_clips_that_are_hard_for_every_model_open_no_interval() -> None:
    results = results_by_law(spread_db=0.0)
    hard = np.linspace(-20, 20, CLIPS)
    for result in results:
        clips = result["by_clip"]["val"]
        clips["si_snr_db"] = (np.array(clips["si_snr_db"]) + hard).tolist()
    series = series_of(points_of(results, "val"))
    ends = common_range(series["dense"], series["90 % sparse"])
    assert ends is not None
    wanted = np.array([np.mean(ends)])
    band = saving(series["dense"], series["90 % sparse"], "macs_per_second", wanted).bands[0]
    assert not band.is_open
    assert [band.low, band.high] == pytest.approx([2.0, 2.0])
    every = [point for own in series.values() for point in own]
    assert resampled(every)[:, 0].std() > 1
    assert resampled(every, compared=True)[:, 0].std() < 1e-9


def test_a_band_from_one_seed_is_that_of_the_clips() -> None:
    points = points_of(results_by_law(seeds=1), "val")
    drawn = resampled(points)
    expected = np.std(points[0].scores[0]) / np.sqrt(CLIPS)
    assert drawn[:, 0].std() == pytest.approx(expected, rel=0.1)
    np.testing.assert_array_equal(drawn, resampled(points))


def test_a_value_that_few_resamples_reach_is_marked() -> None:
    drawn = np.array([1.0, 2.0, np.nan, 1.5])
    assert band_of(1.5, drawn).is_open
    assert "open: 75 % reach it" in tables.times_text(band_of(1.5, drawn))


def test_a_front_that_begins_above_a_quality_saves_at_least_what_its_cheapest_does() -> None:
    points = points_of(results_by_law(), "val")
    cheap, dear = sorted(points, key=lambda point: point.quality_db)[:: len(points) - 1]
    assert tables.beyond_text(dear, [dear], [cheap], "stored_bytes") == "not reached"
    better = dataclasses.replace(cheap, scores=dear.scores + 1)
    ratio = dear.costs["stored_bytes"] / cheap.costs["stored_bytes"]
    assert (
        tables.beyond_text(dear, [dear], [better], "stored_bytes")
        == f"at least {ratio:.2f}: its cheapest is better"
    )


def test_tables_hold_every_trial_and_every_comparison() -> None:
    results = results_by_law()
    rows = tables.trial_rows(results)
    text = tables.to_csv(rows)
    assert len(text.splitlines()) == 1 + len(results)
    assert rows[0]["val_pesq"] == 2.0  # a clip without a figure is left out
    equal = tables.equal_quality_table(points_of(results, "val"))
    assert equal is not None
    assert len(equal.lines) == len(WIDTHS)
    assert len(equal.markdown().splitlines()) == 2 + len(WIDTHS)
    assert "2.0" in equal.markdown()


def test_large_costs_are_written_without_an_exponent() -> None:
    assert [tables.digits_text(value) for value in (0.1384, 59.94, 545.4, 1500.0, 16231.0)] == [
        "0.138",
        "59.9",
        "545",
        "1500",
        "16231",
    ]


def test_parquet_holds_the_rows_of_the_csv() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = tables.trial_rows(results_by_law())
    content = tables.to_parquet(rows)
    assert content is not None
    assert parquet.read_table(pyarrow.BufferReader(content)).to_pylist() == rows


def test_series_are_named_by_what_was_varied() -> None:
    assert label({"sparsity.density": 0.1}) == "90 % sparse"
    assert label({"sparsity.density": 1.0, "relufication.state": 0.0}) == "dense, state 0.0"
    assert label({}) == "all"
