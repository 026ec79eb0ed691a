"""The picture of a benchmark: every contender hot and cold, on a logarithmic axis, as a PNG."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from typing import Any

from linnet.apps.desk.refusal import missing_extra
from linnet.output.quoting import plot_text

INCHES_PER_ROW = 0.28
COLOURS = {"engine": "#1b7f5c", "guest": "#8a8f98"}


def require() -> None:
    """Refuse, before any work is done, where no picture can be drawn.

    Raises:
        Refusal: Matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise missing_extra("plot", "a picture needs Matplotlib")


def draw(measured: dict[str, Any]) -> bytes:
    """Return the times of `results.result` as a picture, one panel per width: a PNG file."""
    from matplotlib.figure import Figure

    widths = measured["widths"]
    rows = max(len(entry["contenders"]) for entry in widths)
    figure = Figure(figsize=(8.0, len(widths) * (1.2 + INCHES_PER_ROW * rows)), layout="constrained")
    panels = figure.subplots(len(widths), 1, squeeze=False)[:, 0]
    for axis, entry in zip(panels, widths, strict=True):
        _panel(axis, entry)
    machine = measured["machine"]
    described = f"{machine['processor']}, one thread, commit {machine['commit']}"
    figure.suptitle(plot_text(described), fontsize=9)
    content = BytesIO()
    figure.savefig(content, dpi=120, format="png")
    return content.getvalue()


def _panel(axis: Any, entry: dict[str, Any]) -> None:
    rows = sorted(entry["contenders"], key=lambda row: -row["microseconds"]["step"]["median"])
    places = range(len(rows))
    hot, cold = ([row["microseconds"][way]["median"] for row in rows] for way in ("step", "step_cold"))
    colours = [COLOURS["engine" if row["runtime"] == "engine" else "guest"] for row in rows]
    axis.hlines(places, hot, cold, colors=colours, linewidth=1.2)
    axis.scatter(hot, places, color=colours, s=36, zorder=3)
    axis.scatter(cold, places, facecolors="white", edgecolors=colours, s=24, zorder=3)
    for place, value in zip(places, hot, strict=True):
        text = f"{value:.2f}" if value < 10 else f"{value:,.0f}"
        axis.annotate(
            text, (value, place), (-6, 0), textcoords="offset points", ha="right", va="center", fontsize=7
        )
    axis.set_xscale("log")
    axis.set_xlim(min(hot) / 2.5)
    axis.set_yticks(places, [plot_text(row["name"]) for row in rows])
    axis.set_xlabel("µs per frame, medians: hot (dot), cold (ring)")
    axis.set_title(f"k = {entry['width']:g}, {entry['weights']:,} weights", loc="left", fontsize=10)
    axis.tick_params(axis="y", labelsize=8)
    axis.grid(axis="x", alpha=0.3)
