"""The pictures of an estimate, as PNG bytes: cores and links, the steps of a frame, energy by term, latency over width.

What they show is estimated in hardware/; every title says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from linnet.apps.pages.page_pictures import png
from linnet.hardware.comparison import OnMesh
from linnet.hardware.cost import TERMS, Estimate, step_terms
from linnet.hardware.widths import Curve
from linnet.hardware.workload import token_by_token

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = dict(zip(TERMS, ("#1f5a94", "#c8813f", "#8c6bb1", "#4f9d69", "#2e6b45", "#9aa3ad"), strict=True))
MICRO = 1e6
TOKEN = "token by token"


def draw_cores(placed: OnMesh) -> bytes:
    """Draw the mesh: every core coloured by its load, every link by its bits, both a mean over frames."""
    from matplotlib.figure import Figure

    chip, mapping = placed.mapping.chip, placed.mapping
    columns, rows = chip.count("mesh_columns") * mapping.chips, chip.count("mesh_rows")
    figure = Figure(figsize=(max(9.0, 0.9 * columns), 1.6 + 1.1 * rows), layout="constrained")
    axis = figure.subplots()
    _links(figure, axis, placed)
    _cores(figure, axis, placed)
    for edge in range(0, columns + 1, chip.count("mesh_columns")):
        axis.axvline(edge - 0.5, color="#38424e", linewidth=1)
    axis.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), xlabel="router column", ylabel="router row")
    axis.set_xticks(range(columns))
    axis.set_yticks(range(rows))
    axis.set_title(f"estimate: {len(mapping.cores)} cores of {chip.title}", loc="left", fontsize=10)
    return png(figure)


def _cores(figure: Figure, axis: Axes, placed: OnMesh) -> None:
    """Squares around their router, numbered by group."""
    mapping, loads = placed.mapping, placed.counted.synops.mean(axis=0)
    at_router: dict[tuple[int, int], int] = {}
    across, down = [], []
    for core in mapping.cores:
        slot = at_router.get(core.place, 0)
        at_router[core.place] = slot + 1
        across.append(core.place[0] + (slot % 2 - 0.5) * 0.4)
        down.append(core.place[1] + (slot // 2 - 0.5) * 0.4)
    dots = axis.scatter(across, down, c=loads, s=260, marker="s", cmap="YlOrRd", zorder=3, edgecolors="#555")
    for x, y, core in zip(across, down, mapping.cores, strict=True):
        axis.text(x, y, str(core.group + 1), ha="center", va="center", fontsize=7, zorder=4)
    figure.colorbar(dots, ax=axis, label="synaptic operations a frame; number: group")


def _links(figure: Figure, axis: Axes, placed: OnMesh) -> None:
    from matplotlib.collections import LineCollection

    counted = placed.counted
    bits = counted.traffic.sum(axis=0).mean(axis=0) / 8000
    shift = 0.08  # the two directions side by side
    lines = []
    for (x, y), (ahead, below) in counted.routes.links:
        sideways = (shift * (below - y), shift * (ahead - x))
        lines.append([(x + sideways[0], y + sideways[1]), (ahead + sideways[0], below + sideways[1])])
    if lines:
        drawn = LineCollection(lines, array=bits, cmap="Blues", linewidths=4, zorder=1)
        axis.add_collection(drawn)
        figure.colorbar(drawn, ax=axis, label="kB a frame on a link")


def draw_steps(placed: OnMesh) -> bytes:
    """Draw the steps of one frame, one after the other: how long each lasts, and which term bounds it."""
    from matplotlib.figure import Figure

    mapping, estimate = placed.mapping, placed.estimates[TOKEN]
    bounding = np.argmax(
        step_terms(token_by_token(placed.counted), mapping.chip, "default").mean(axis=1), axis=0
    )
    steps = estimate.step_s * MICRO
    starts = np.cumsum(steps) - steps
    figure = Figure(figsize=(9.0, 0.9 + 0.32 * len(steps)), layout="constrained")
    axis = figure.subplots()
    for place, (start, length) in enumerate(zip(starts, steps, strict=True)):
        axis.barh(place, length, left=start, color=COLOURS[TERMS[int(bounding[place])]])
    names = [
        ", ".join(group.name for group in mapping.network.groups if group.level == step + 1)
        for step in range(len(steps))
    ]
    axis.set_yticks(range(len(steps)), names, fontsize=8)
    axis.invert_yaxis()
    axis.set_xlabel("us since the frame entered")
    used = sorted({TERMS[int(place)] for place in bounding})
    axis.legend([axis.barh(0, 0, color=COLOURS[term]) for term in used], used, title="bounded by", fontsize=8)
    axis.set_title(f"estimate: one frame in {steps.sum():.1f} us, token by token", loc="left", fontsize=10)
    return png(figure)


def draw_energy(placed: OnMesh) -> bytes:
    """Draw the energy of a frame by term, with the static energy of rails and board while it is worked on."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 1.2 + 0.5 * len(placed.estimates)), layout="constrained")
    axis = figure.subplots()
    for place, each in enumerate(placed.estimates.values()):
        left = 0.0
        for colour, (name, joules) in zip(_PALETTE, _energy_parts(each).items(), strict=True):
            axis.barh(
                place, joules * MICRO, left=left, color=colour, label=name if place == 0 else f"_{name}"
            )
            left += joules * MICRO
    axis.set_yticks(range(len(placed.estimates)), list(placed.estimates), fontsize=8)
    axis.invert_yaxis()
    axis.set_xlabel("uJ a frame at full speed")
    axis.legend(fontsize=8, ncols=2)
    axis.set_title("estimate: energy by term, default parameters", loc="left", fontsize=10)
    return png(figure)


_PALETTE = ("#1f5a94", "#c8813f", "#4f9d69", "#2e6b45", "#9aa3ad", "#d9b8b8", "#e8e0d0")


def _energy_parts(each: Estimate) -> dict[str, float]:
    dynamic, rails, board = (each.energy_j[name].default for name in ("dynamic", "rails", "board"))
    return each.terms_j | {"static, rails": rails - dynamic, "static, rest of the board": board - rails}


def draw_widths(curves: Sequence[Curve], widths: Sequence[float], *, title: str) -> bytes:
    """Draw latency over the width k, dense and sparse, with the range of the parameters."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    axis = figure.subplots()
    for colour, curve in zip(("#c8813f", "#1f5a94"), curves, strict=True):
        ranges = [placed.estimates[TOKEN].latency_s for placed in curve.placed]
        name = "dense" if curve.density == 1 else f"sparse, {100 * curve.density:.0f} % of the weights"
        axis.plot(widths, [each.default * MICRO for each in ranges], "o-", color=colour, label=name)
        low, high = ([getattr(each, end) * MICRO for each in ranges] for end in ("low", "high"))
        axis.fill_between(widths, low, high, color=colour, alpha=0.15)
    axis.set(xlabel="width k", ylabel="latency, us", yscale="log")
    axis.legend(fontsize=8)
    axis.set_title(f"estimate: {title}, weights drawn, half of the activations 0", loc="left", fontsize=10)
    return png(figure)
