"""The picture of a benchmark: a bar for every contender, hot and cold, on a logarithmic axis, as a PNG."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from linnet.apps.refusal import missing_extra

INCHES_PER_BAR = 0.28
COLOURS = {"engine": "#1b7f5c", "guest": "#8a8f98"}


def require() -> None:
    """Refuse, before any work is done, where no picture can be drawn.

    Raises:
        Refusal: Matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise missing_extra("plot", "a picture needs Matplotlib")


def draw(measured: dict[str, Any], path: Path) -> None:
    """Write the times of `results.result` as a picture, one panel per width, to the PNG file `path`."""
    from matplotlib.figure import Figure

    widths = measured["widths"]
    bars = max(len(entry["contenders"]) for entry in widths)
    figure = Figure(figsize=(8.0, len(widths) * (1.2 + INCHES_PER_BAR * bars)), layout="constrained")
    panels = figure.subplots(len(widths), 1, squeeze=False)[:, 0]
    for axis, entry in zip(panels, widths, strict=True):
        _panel(axis, entry)
    machine = measured["machine"]
    figure.suptitle(f"{machine['processor']}, one thread, commit {machine['commit']}", fontsize=9)
    draft = path.with_name(f".{path.name}.partial")
    try:
        figure.savefig(draft, dpi=120, format="png")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _panel(axis: Any, entry: dict[str, Any]) -> None:
    rows = sorted(entry["contenders"], key=lambda row: -row["microseconds"]["step"]["median"])
    hot = [row["microseconds"]["step"]["median"] for row in rows]
    cold = [row["microseconds"]["step_cold"]["median"] for row in rows]
    colours = [COLOURS["engine" if row["runtime"] == "engine" else "guest"] for row in rows]
    axis.barh([row["name"] for row in rows], hot, color=colours, height=0.7)
    axis.plot(cold, range(len(rows)), "o", color="#2b5fa8", markersize=4, fillstyle="none", label="cold")
    for place, value in enumerate(hot):
        axis.annotate(f" {value:.3g}", (value, place), va="center", fontsize=7)
    axis.set_xscale("log")
    axis.set_xlabel("µs per frame, hot (bar) and cold (ring), medians")
    axis.set_title(f"k = {entry['width']:g}, {entry['weights']:,} weights", loc="left", fontsize=10)
    axis.tick_params(axis="y", labelsize=8)
    axis.margins(y=0.01)
