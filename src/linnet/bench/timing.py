"""Times of contenders that take turns, so that a busy moment, a warm core or a slow clock hits all of them alike.

A contender is a function that makes `calls` calls and returns the seconds they took. What a call is, and in which
process it happens, is the business of whoever hands it in. Standard library only.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)

Contender = Callable[[int], float]
"""Makes that many calls and returns the seconds they took, as its own clock sees them."""

MOST_CALLS = 1 << 20


@dataclass(frozen=True)
class Times:
    """Microseconds per call of one contender, one for each round, in the order of the rounds."""

    rounds_us: tuple[float, ...]
    calls: int

    def __post_init__(self) -> None:
        if not self.rounds_us:
            raise ValueError("no round was timed, so there is nothing to sum up; ask for at least one.")

    @property
    def median_us(self) -> float:
        """The middle round: what is usual here."""
        return statistics.median(self.rounds_us)

    @property
    def minimum_us(self) -> float:
        """The best round: what is possible when nothing else runs."""
        return min(self.rounds_us)

    def quantile_us(self, share: float) -> float:
        """The round that `share` of all rounds do not exceed, 0 to 1."""
        ordered = sorted(self.rounds_us)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True)
class Ratio:
    """How many times longer one contender takes than another."""

    median: float
    """Middle of the ratios within each round, which a slow drift of the machine does not touch."""

    of_minima: float
    """Best round against best round."""


def ratio(longer: Times, shorter: Times) -> Ratio:
    """How many times `shorter` goes into `longer`; both from one `take_turns`.

    Raises:
        ValueError: they have different numbers of rounds, so they did not take turns.
    """
    if len(longer.rounds_us) != len(shorter.rounds_us):
        raise ValueError(
            f"{len(longer.rounds_us)} rounds and {len(shorter.rounds_us)} rounds came, which cannot be paired; "
            "compare contenders of one run."
        )
    pairs = zip(longer.rounds_us, shorter.rounds_us, strict=True)
    return Ratio(statistics.median(a / b for a, b in pairs), longer.minimum_us / shorter.minimum_us)


def enough_calls(contender: Contender, block_seconds: float) -> int:
    """The number of calls, a power of two, that take `block_seconds` or a little more."""
    calls = 1
    while contender(calls) < block_seconds and calls < MOST_CALLS:
        calls *= 2
    return calls


def take_turns(
    contenders: Mapping[Name, Contender],
    *,
    rounds: int,
    block_seconds: float = 0.001,
    on_round: Callable[[int], None] = lambda done: None,
) -> dict[Name, Times]:
    """Time every contender once per round, a block of calls each, every other round backwards.

    Every block follows a shorter one that is not counted and fills the caches. `on_round` is told how many rounds
    are done.
    """
    calls = {name: enough_calls(contender, block_seconds) for name, contender in contenders.items()}
    series: dict[Name, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for done in range(rounds):
        for name in order:
            contenders[name](max(1, calls[name] // 4))
            series[name].append(1e6 * contenders[name](calls[name]) / calls[name])
        order.reverse()
        on_round(done + 1)
    return {name: Times(tuple(values), calls[name]) for name, values in series.items()}


def take_single_turns(
    contenders: Mapping[Name, Contender],
    *,
    rounds: int,
    on_round: Callable[[int], None] = lambda done: None,
) -> dict[Name, Times]:
    """As `take_turns`, but one call per round and nothing before it: for contenders that prepare their own cold."""
    series: dict[Name, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for done in range(rounds):
        for name in order:
            series[name].append(1e6 * contenders[name](1))
        order.reverse()
        on_round(done + 1)
    return {name: Times(tuple(values), 1) for name, values in series.items()}
