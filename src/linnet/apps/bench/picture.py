"""The pictures of benchmarks, as PNG: times of every contender hot and cold; quality against products."""

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


QUALITY = {"si_snr_improvement_db": "SI-SNRi, dB", "pesq": "PESQ", "dnsmos_ovrl": "DNSMOS, overall"}


def draw_quality(found: dict[str, Any]) -> bytes:
    """Return quality against products a second, from what `linnet bench quality` measured: a PNG file.

    A dot stands at the effective products of a model of ours, a ring at those of a dense one or as stated. A denoiser
    whose products are not known is a line across.
    """
    from matplotlib.figure import Figure

    shown = {name: text for name, text in QUALITY.items() if name in found["denoisers"][0]["mean"]}
    figure = Figure(figsize=(8.0, 3.2 * len(shown)), layout="constrained")
    panels = figure.subplots(len(shown), 1, squeeze=False, sharex=True)[:, 0]
    for axis, (measure, text) in zip(panels, shown.items(), strict=True):
        for entry in found["denoisers"]:
            _quality_mark(axis, entry, entry["mean"][measure])
        if measure in found["reference"]:
            _level(axis, "clean reference", found["reference"][measure])
        axis.set_xscale("log")
        axis.set_ylabel(text)
        axis.grid(alpha=0.3)
    panels[-1].set_xlabel("million MAC/s: effective (dot), dense or stated (ring)")
    machine = found["machine"]
    figure.suptitle(
        plot_text(f"{found['clips']} clips, {found['date']}, commit {machine['commit']}"), fontsize=9
    )
    content = BytesIO()
    figure.savefig(content, dpi=120, format="png")
    return content.getvalue()


def _level(axis: Any, name: str, value: float) -> None:
    axis.axhline(value, color=COLOURS["guest"], linewidth=0.8, linestyle="--")
    axis.annotate(name, (0.01, value), xycoords=("axes fraction", "data"), fontsize=7, va="bottom")


def _quality_mark(axis: Any, entry: dict[str, Any], value: float) -> None:
    facts, name = entry["facts"], plot_text(entry["name"])
    effective, dense = facts["effective_macs_per_s"], facts["dense_macs_per_s"]
    if effective is None and dense is None:
        _level(axis, name, value)
        return
    place = (effective or dense) / 1e6
    colour = COLOURS["engine" if effective is not None else "guest"]
    axis.scatter([place], [value], facecolors=colour if effective else "white", edgecolors=colour, s=36)
    axis.annotate(name, (place, value), (6, 0), textcoords="offset points", va="center", fontsize=7)
