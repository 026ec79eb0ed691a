"""The pictures of a study: fronts, savings, activity, integers against float. Each is returned as PNG and SVG.

Colours are those of Okabe and Ito, which colour-blind readers tell apart; marks and dashes differ, too.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from linnet.output.quoting import plot_text
from linnet.study.fronts import band_of, common_range, resampled, saving
from linnet.study.points import COSTS, Point, reference_of, series_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", "--", "-.", ":")
SAVING_STEPS = 25

Drawn = dict[str, bytes]
"""A picture by the ending of its file: png, svg."""


def draw_fronts(points: Sequence[Point], cost: str, split: str) -> Drawn:
    """Quality against one cost, a line and a band for each series."""
    figure, axis = _figure(COSTS[cost].name, "mean SI-SNR, dB", split)
    drawn = resampled(points)
    for place, (name, own) in enumerate(series_of(points).items()):
        bands = [band_of(point.quality_db, drawn[:, points.index(point)]) for point in own]
        costs = [point.costs[cost] for point in own]
        order = np.argsort(costs)
        x = np.array(costs)[order]
        middle, low, high = (
            np.array([getattr(bands[i], part) for i in order]) for part in ("value", "low", "high")
        )
        look = _look(place)
        axis.plot(x, middle, label=plot_text(name), markersize=5, linewidth=1.5, **look)
        axis.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)
        seeds = np.array([(p.costs[cost], score) for p in own for score in p.scores.mean(axis=1)]).T
        axis.scatter(seeds[0], seeds[1], s=7, color=look["color"], alpha=0.6, linewidth=0)
    axis.set_xscale("log")
    axis.set_xlabel(f"{COSTS[cost].name}, {COSTS[cost].unit}")
    _plain_ticks(axis)
    axis.legend(loc="lower right", fontsize=9)
    return _saved(figure)


def draw_savings(points: Sequence[Point], cost: str, split: str) -> Drawn | None:
    """How many times less each series costs than the reference at equal quality; None where none can be compared."""
    series = series_of(points)
    reference = reference_of(series)
    figure, axis = _figure(f"saving: {COSTS[cost].name}", "times less than dense", split)
    compared = 0
    for place, (name, own) in enumerate(series.items()):
        ends = common_range(series[reference], own) if reference and name != reference else None
        if reference is None or ends is None:
            continue
        found = saving(series[reference], own, cost, np.linspace(*ends, SAVING_STEPS))
        closed = np.array([not band.is_open for band in found.bands])
        value, low, high = (
            np.array([getattr(b, part) for b in found.bands]) for part in ("value", "low", "high")
        )
        look = _look(place)
        at = found.qualities_db
        axis.plot(at, value, color=look["color"], linewidth=1.2, linestyle=":")
        axis.plot(
            at, np.where(closed, value, np.nan), color=look["color"], linewidth=2.0, label=plot_text(name)
        )
        axis.fill_between(at, low, high, color=look["color"], alpha=0.18, linewidth=0, where=closed)
        compared += 1
    axis.axhline(1.0, color="#777777", linewidth=0.8)
    axis.set_xlabel("SI-SNR that both reach, dB; dotted: the interval is open")
    if compared:
        axis.legend(fontsize=9)
    return _saved(figure) if compared else None


def draw_activity(points: Sequence[Point], split: str) -> Drawn:
    """The share of codes that are not 0 behind every ReLU, a line of dots for each point."""
    figure, axis = _figure("activity behind each ReLU", "share that is not 0, %", split)
    looks = {name: _look(place) for place, name in enumerate(series_of(points))}
    sizes = np.linspace(3, 8, max(len(own) for own in series_of(points).values()))
    for name, own in series_of(points).items():
        for size, point in zip(sizes, own, strict=False):
            shares = _relu_shares(point)
            axis.plot(
                range(len(shares)),
                [100 * share for share in shares.values()],
                markersize=size,
                linewidth=0.6,
                **looks[name],
            )
            axis.set_xticks(
                range(len(shares)), [plot_text(each) for each in shares], rotation=30, ha="right", fontsize=8
            )
        axis.plot([], [], label=plot_text(name), **looks[name])
    axis.set_ylim(0, 100)
    axis.legend(fontsize=9, title="larger mark: wider model", title_fontsize=8)
    return _saved(figure)


def _relu_shares(point: Point) -> dict[str, float]:
    entries = [
        [e for e in trial["activity"] if "ReLU" in e["node"] and e["share"] is not None]
        for trial in point.trials
    ]
    return {
        f"{at + 1} {each['node']}": float(np.mean([own[at]["share"] for own in entries]))
        for at, each in enumerate(entries[0])
    }


def draw_integers(points: Sequence[Point], split: str) -> Drawn:
    """What rounding to integers costs every point, in dB, against its width; the mean over seeds."""
    figure, axis = _figure("integers less float", "change of mean SI-SNR, dB", split)
    for place, (name, own) in enumerate(series_of(points).items()):
        changes = [np.mean([_change(trial, split) for trial in point.trials]) for point in own]
        axis.plot(
            [point.costs["macs_per_second"] for point in own], changes, label=plot_text(name), **_look(place)
        )
    axis.axhline(0.0, color="#777777", linewidth=0.8)
    axis.set_xscale("log")
    axis.set_xlabel("effective multiplications, million a second")
    _plain_ticks(axis)
    axis.legend(fontsize=9)
    return _saved(figure)


def _change(trial: dict[str, Any], split: str) -> float:
    score = trial["scores"][split]
    return float(score["integer_db"] - score["float_db"])


def draw_bars(points: Sequence[Point], split: str) -> Drawn:
    """Every point as a bar with its interval, the best first."""
    order = sorted(points, key=lambda point: point.quality_db)
    drawn = resampled(order)
    bands = [band_of(point.quality_db, drawn[:, at]) for at, point in enumerate(order)]
    figure, axis = _figure("all points", "", split, height=1.2 + 0.28 * len(order))
    names = list(series_of(points))
    values = np.array([band.value for band in bands])
    errors = [values - [band.low for band in bands], [band.high for band in bands] - values]
    axis.barh(
        range(len(order)),
        values,
        xerr=errors,
        color=[COLOURS[names.index(p.series) % len(COLOURS)] for p in order],
    )
    labels = [f"{point.series}, k {point.settings.get('model.width', '')}" for point in order]
    axis.set_yticks(range(len(order)), [plot_text(text) for text in labels], fontsize=8)
    axis.set_xlabel("mean SI-SNR, dB")
    axis.set_xlim(min(band.low for band in bands) - 0.5)
    return _saved(figure)


def _figure(title: str, quality: str, split: str, height: float = 4.2) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, height), layout="constrained")
    axis = figure.subplots()
    axis.set_title(f"{title} ({split})", loc="left", fontsize=10)
    axis.set_ylabel(quality)
    axis.grid(alpha=0.25)
    return figure, axis


def _look(place: int) -> dict[str, Any]:
    return {
        "color": COLOURS[place % len(COLOURS)],
        "marker": MARKS[place % len(MARKS)],
        "linestyle": DASHES[place % len(DASHES)],
    }


def _plain_ticks(axis: Axes) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())


def _saved(figure: Figure) -> Drawn:
    found = {}
    for kind in ("png", "svg"):
        content = io.BytesIO()
        figure.savefig(content, format=kind, dpi=100, metadata={"Date": None} if kind == "svg" else None)
        found[kind] = content.getvalue()
        figure.set_layout_engine("none")  # the places found for the first serve the second
    return found
