"""Quality against cost: bands of points, fronts, and what one series saves against another at equal quality.

Bands come from resampling seeds and clips with replacement (bootstrap; Efron and Tibshirani 1993): every resample draws
seeds anew for each point, and one set of clips for all points, since all were scored on the same ones. An interval is
that between the 2.5th and 97.5th percentile. Where points are compared with each other, how hard a clip is for all of
them alike is taken out first (as within subjects; Cousineau 2005).

A front is the cheapest cost at which a quality is reached. Between two of its points the logarithm of the cost is
linear in dB; nothing is read beyond its ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linnet.study.points import Point

Values = NDArray[np.float64]

RESAMPLES = 1000
ENOUGH = 0.95
"""Share of the resamples in which both fronts reach a quality, below which an interval is marked as open."""


@dataclass(frozen=True)
class Band:
    """A value with the ends of its 95 % interval; `reached` is the share of resamples that have the value at all."""

    value: float
    low: float
    high: float
    reached: float = 1.0

    @property
    def is_open(self) -> bool:
        """Whether too many resamples do not reach the value, so that the interval says too little."""
        return self.reached < ENOUGH


def resampled(
    points: Sequence[Point], *, resamples: int = RESAMPLES, seed: int = 0, compared: bool = False
) -> Values:
    """The quality of every point in every resample: [resamples, points].

    With one seed only clips are drawn, and the band says nothing of seeds. With `compared`, what a clip adds to all
    points alike is taken out: harder clips shift no comparison.
    """
    rng = np.random.default_rng(seed)
    clips = _drawn(rng, points[0].scores.shape[1], resamples)
    columns = [((_drawn(rng, len(p.scores), resamples) @ p.scores) * clips).sum(axis=1) for p in points]
    drawn = np.stack(columns, axis=1)
    if not compared:
        return drawn
    ease = np.mean([point.scores.mean(axis=0) for point in points], axis=0)
    return drawn - (clips @ (ease - ease.mean()))[:, None]


def _drawn(rng: np.random.Generator, count: int, resamples: int) -> Values:
    """How much each of `count` things weighs in every resample, drawn with replacement: [resamples, count]."""
    return rng.multinomial(count, np.full(count, 1 / count), size=resamples) / count


def band_of(value: float, drawn: Values) -> Band:
    """The band of a value from what the resamples gave; those that are not numbers did not reach it."""
    known = drawn[np.isfinite(drawn)]
    if not known.size or not np.isfinite(value):
        return Band(value, np.nan, np.nan, 0.0)
    low, high = np.percentile(known, (2.5, 97.5))
    return Band(value, float(low), float(high), known.size / drawn.size)


def cost_at(quality: Values, costs: Values, wanted: Values) -> Values:
    """The cheapest cost on the front of some points at each wanted quality; not a number beyond its ends.

    Args:
        quality: of the points, in dB.
        costs: of the points, above 0.
        wanted: qualities in dB.
    """
    order = np.argsort(costs, kind="stable")
    best = np.maximum.accumulate(quality[order])
    keeps = np.concatenate(([True], best[1:] > best[:-1]))
    reached, paid = best[keeps], np.log(costs[order][keeps])
    return np.exp(np.interp(wanted, reached, paid, left=np.nan, right=np.nan))


@dataclass(frozen=True)
class Saving:
    """How many times less one series costs than another at equal quality; a band for each of `qualities_db`."""

    qualities_db: Values
    bands: tuple[Band, ...]


def saving(
    reference: Sequence[Point], other: Sequence[Point], cost: str, qualities_db: Values, *, seed: int = 0
) -> Saving:
    """The cost of `reference` divided by that of `other`, at each quality on all clips."""
    points = [*reference, *other]
    split = len(reference)
    costs = np.array([point.costs[cost] for point in points])
    drawn = resampled(points, seed=seed, compared=True)

    def ratio(quality: Values) -> Values:
        dear = cost_at(quality[:split], costs[:split], qualities_db)
        return dear / cost_at(quality[split:], costs[split:], qualities_db)

    found = ratio(np.array([point.quality_db for point in points]))
    ratios = np.array([ratio(row) for row in drawn])
    return Saving(
        qualities_db, tuple(band_of(value, ratios[:, at]) for at, value in enumerate(found.tolist()))
    )


def common_range(reference: Sequence[Point], other: Sequence[Point]) -> tuple[float, float] | None:
    """The qualities that both series reach; None where there are none."""
    low = max(min(point.quality_db for point in series) for series in (reference, other))
    high = min(max(point.quality_db for point in series) for series in (reference, other))
    return (low, high) if low < high else None
