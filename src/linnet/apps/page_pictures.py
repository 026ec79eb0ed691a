"""The pictures of a model's report page, each as the bytes of a PNG. What they stand among is page.py's."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from linnet.apps.following import Passage
from linnet.apps.picture import RANGE_DB, Spectrogram
from linnet.ir import Course, Linear, Program

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DENSE, NONZERO, EFFECTIVE = "#c9ced6", "#7aa6d8", "#1f5fa8"
LARGEST_POINTS = 1200  # about one per pixel


def png(figure: Figure) -> bytes:
    """Return the figure as PNG."""
    content = io.BytesIO()
    figure.savefig(content, dpi=110, format="png")
    return content.getvalue()


def multiplications(nodes: Sequence[dict[str, Any]], accounting: dict[str, Any] | None) -> bytes:
    """Draw what every node multiplies per frame: all, with its nonzero weights, with its nonzero inputs too."""
    from matplotlib.figure import Figure

    shown = [(i, node) for i, node in enumerate(nodes) if node["dense_macs_per_frame"]]
    places = np.arange(len(shown))
    figure = Figure(figsize=(9.0, 0.8 + 0.34 * len(shown)), layout="constrained")
    axis, beside = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    axis.barh(places, [n["dense_macs_per_frame"] for _, n in shown], color=DENSE, label="all weights")
    axis.barh(
        places, [n["nonzero_macs_per_frame"] for _, n in shown], 0.55, color=NONZERO, label="weights not 0"
    )
    if accounting is not None:
        effective = [accounting["nodes"][i] for i, _ in shown]
        axis.barh(places, effective, 0.28, color=EFFECTIVE, label="weights and inputs not 0")
    axis.set_xscale("log")
    axis.set_xlim(left=1)
    axis.set_yticks(places, [f"{n['name']}" for _, n in shown], fontsize=8)
    axis.invert_yaxis()
    axis.set_xlabel("multiplications per frame")
    axis.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False)
    axis.margins(y=0.01)
    densities = [n["density"] if n["weights"] else np.nan for _, n in shown]
    beside.barh(places, densities, color=NONZERO)
    beside.set_xlim(0, 1)
    beside.set_xlabel("density of weights")
    return png(figure)


def weight_codes(program: Program) -> bytes:
    """Draw how often each code occurs among the weights of all matrices; the zeros, too many to draw, are a number."""
    from matplotlib.figure import Figure

    codes = np.concatenate([node.weight.ravel() for node in program.nodes if isinstance(node, Linear)])
    counts = np.bincount(codes.astype(int) + 128, minlength=256)
    zeros, counts[128] = int(counts[128]), 0
    figure = Figure(figsize=(9.0, 2.4), layout="constrained")
    axis = figure.subplots()
    axis.bar(np.arange(-128, 128), counts, width=1.0, color=EFFECTIVE)
    axis.set(xlabel="code of a weight, -128 to 127", ylabel="weights", xlim=(-129, 128))
    axis.set_title(f"{zeros:,} of {codes.size:,} codes are 0 and not drawn", loc="left", fontsize=10)
    return png(figure)


def sound(program: Program, passages: Sequence[Passage], sample_rate_hz: int) -> bytes:
    """Draw a recording before and after, and beneath it how busy the model was: activity, and multiplications."""
    from matplotlib.figure import Figure

    seconds = sum(len(passage.noisy) for passage in passages) / sample_rate_hz
    figure = Figure(figsize=(9.0, 7.6), layout="constrained")
    before, after, active, macs = figure.subplots(4, 1, sharex=True, height_ratios=(3, 3, 2, 1.4))
    noisy, cleaned = (_decibels(passages, kind, sample_rate_hz) for kind in ("noisy", "cleaned"))
    for axis, decibels, name in ((before, noisy, "before"), (after, cleaned, "after")):
        axis.imshow(
            decibels - noisy.max(),
            origin="lower",
            aspect="auto",
            cmap="magma",
            vmin=-RANGE_DB,
            vmax=0,
            extent=(0, seconds, 0, sample_rate_hz / 2000),
            interpolation="nearest",
        )
        axis.set_ylabel("kHz")
        axis.set_title(name, loc="left", fontsize=10)
    course = _whole(passages)
    for name, share in _activity(program, course).items():
        active.plot(*_thinned(share, seconds), linewidth=1.0, label=name)
    active.set(ylabel="inputs not 0", ylim=(0, 1.05))
    active.legend(fontsize=7, ncols=4, loc="upper right")
    macs.plot(*_thinned(course.macs.sum(axis=0), seconds), color=EFFECTIVE, linewidth=1.0)
    macs.set(ylabel="effective\nMACs", xlabel="time, s", xlim=(0, seconds))
    macs.set_ylim(bottom=0)
    return png(figure)


def _decibels(passages: Sequence[Passage], kind: str, sample_rate_hz: int) -> NDArray[np.float64]:
    blocks = [getattr(passage, kind) for passage in passages]
    spectrogram = Spectrogram(sum(map(len, blocks)), sample_rate_hz)
    for block in blocks:
        spectrogram.push(block)
    return spectrogram.decibels()


def _whole(passages: Sequence[Passage]) -> Course:
    """Join the first channel's passages into one course."""
    courses = [passage.courses[0] for passage in passages]
    return Course(
        np.concatenate([c.macs for c in courses], axis=1), np.concatenate([c.active for c in courses], axis=1)
    )


def _activity(program: Program, course: Course) -> dict[str, NDArray[np.float64]]:
    """Return per frame the share of inputs that are not 0, the mean over the matrices of each kind of place."""
    groups: dict[str, list[NDArray[np.float64]]] = {}
    kinds = ("features", "stream", "states", "activations")
    previous: dict[int, str] = {node.writes: type(node).__name__ for node in program.nodes}
    for node in program.nodes:
        if not isinstance(node, Linear):
            continue
        width = program.wires[node.source].width
        writer = previous.get(node.source, "")
        if writer == "Quantize":
            kind = kinds[0]
        elif writer in ("ComplexRelu", "DiagonalRecurrence"):
            kind = kinds[2]
        else:
            kind = kinds[3] if width == program.wires[node.target].width else kinds[1]
        groups.setdefault(kind, []).append(course.active[node.source] / width)
    return {kind: np.mean(groups[kind], axis=0) for kind in kinds if kind in groups}


def _thinned(values: NDArray[Any], seconds: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times and means of neighbouring frames, few enough to draw."""
    step = max(1, -(-values.size // LARGEST_POINTS))
    count = values.size // step
    means = values[: count * step].reshape(count, step).mean(axis=1)
    return (np.arange(count) + 0.5) * seconds / max(count, 1), means
