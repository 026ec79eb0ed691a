"""Turns, medians and ratios of contenders whose clock we set ourselves."""

from __future__ import annotations

import pytest

from linnet.bench.timing import Contender, Times, enough_calls, ratio, take_single_turns, take_turns


def steady(seconds_per_call: float) -> Contender:
    return lambda calls: calls * seconds_per_call


def test_the_median_is_usual_and_the_minimum_possible() -> None:
    times = Times((4.0, 2.0, 9.0, 3.0), calls=8)
    assert (times.median_us, times.minimum_us) == (3.5, 2.0)
    assert [times.quantile_us(share) for share in (0.0, 0.5, 1.0)] == [2.0, 4.0, 9.0]


def test_without_a_round_there_is_nothing_to_sum_up() -> None:
    with pytest.raises(ValueError, match="no round"):
        Times((), calls=1)


def test_a_ratio_pairs_the_rounds_so_that_a_slow_machine_changes_nothing() -> None:
    fast = Times((1.0, 2.0, 30.0), calls=1)
    slow = Times((3.0, 6.0, 90.0), calls=1)
    assert ratio(slow, fast).median == 3.0
    assert ratio(slow, fast).of_minima == 3.0


def test_contenders_of_different_runs_are_not_compared() -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        ratio(Times((1.0, 1.0), calls=1), Times((1.0,), calls=1))


def test_a_block_has_as_many_calls_as_fill_it() -> None:
    assert enough_calls(steady(1.0), 0.5) == 1
    assert enough_calls(steady(2.0**-10), 2.0**-4) == 64
    assert enough_calls(steady(0.0), 1.0) == 1 << 20


def test_all_contenders_take_turns_and_every_other_round_goes_backwards() -> None:
    seen: list[str] = []

    def noted(name: str) -> Contender:
        def contender(calls: int) -> float:
            seen.append(name)
            return 1.0 * calls

        return contender

    names = ("a", "b", "c")
    done: list[int] = []
    take_single_turns({name: noted(name) for name in names}, rounds=3, on_round=done.append)
    assert "".join(seen) == "abccbaabc"
    assert done == [1, 2, 3]


def test_times_are_per_call_in_microseconds() -> None:
    times = take_turns({"a": steady(2e-6), "b": steady(5e-4)}, rounds=3, block_seconds=1e-3)
    assert times["a"].rounds_us == pytest.approx((2.0,) * 3)
    assert times["b"].rounds_us == pytest.approx((500.0,) * 3)
    assert (times["a"].calls, times["b"].calls) == (512, 2)
