"""The pictures of a report page, as PNG bytes: layers, weights, and a recording with what its frames cost.

What they stand for is measured in page.py, and page_html.py puts them on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from linnet.apps.desk.picture import LARGEST_COLUMNS, Spectrogram, show
from linnet.output.quoting import plot_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DENSE, NONZERO, EFFECTIVE = "#d9dde3", "#8fb3d9", "#1f5a94"
DOTS_PER_INCH = 110


@dataclass(frozen=True)
class Hearing:
    """A recording as a model heard it: spectrograms `before` and `after`, and what every frame cost.

    `macs` [frames] are the effective MACs, `zeros` [matrices, frames] the share of codes that are 0 among
    what each matrix reads; `matrices` are their names, `hop_seconds` the length of a frame. The channels' mean.
    """

    name: str
    before: Spectrogram
    after: Spectrogram
    macs: NDArray[np.float64]
    zeros: NDArray[np.float64]
    matrices: tuple[str, ...]
    hop_seconds: float

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return self.before.samples / self.before.sample_rate_hz


def png(figure: Figure) -> bytes:
    """Return a figure as the bytes of a PNG file."""
    file = BytesIO()
    figure.savefig(file, dpi=DOTS_PER_INCH, format="png")
    return file.getvalue()


def draw_layers(nodes: Sequence[dict[str, Any]], effective: Sequence[float] | None) -> bytes:
    """Draw density and MACs per frame of every node that multiplies.

    Args:
        nodes: as described.py describes them.
        effective: effective MACs per frame of every node; None where they were not measured.
    """
    from matplotlib.figure import Figure

    chosen = [index for index, node in enumerate(nodes) if node["dense_macs_per_frame"]]
    places = np.arange(len(chosen))
    figure = Figure(figsize=(9.0, 1.4 + 0.23 * len(chosen)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1, 2))
    density = [nodes[index]["density"] if nodes[index]["weights"] else np.nan for index in chosen]
    left.barh(places, density, color=NONZERO)
    left.set(xlim=(0, 1), xlabel="density: share of weights not 0")
    bars = {
        "dense": ([nodes[index]["dense_macs_per_frame"] for index in chosen], DENSE),
        "weight not 0": ([nodes[index]["nonzero_macs_per_frame"] for index in chosen], NONZERO),
    }
    if effective is not None:
        bars["weight and input not 0 (effective)"] = ([effective[index] for index in chosen], EFFECTIVE)
    for thinner, (label, (counts, colour)) in enumerate(bars.items()):
        right.barh(places, counts, height=0.84 - 0.2 * thinner, color=colour, label=label)
    right.set_xlabel("MACs per frame")
    right.xaxis.set_major_formatter("{x:,.0f}")
    right.tick_params(axis="y", length=0)
    left.set_yticks(places, [plot_text(nodes[index]["name"]) for index in chosen], fontsize=8)
    left.invert_yaxis()
    figure.legend(loc="outside upper right", ncols=3, fontsize=8, frameon=False)
    return png(figure)


def draw_weights(codes: NDArray[np.int64]) -> bytes:
    """Draw how often each integer code [n] stands among the weights, 0 told in words."""
    from matplotlib.figure import Figure

    values, counts = np.unique(codes, return_counts=True)
    zeros = int(counts[values == 0].sum())
    figure = Figure(figsize=(9.0, 2.8), layout="constrained")
    axis = figure.subplots()
    axis.bar(values[values != 0], counts[values != 0], width=1.0, color=EFFECTIVE)
    axis.set(xlabel="integer code of a weight", ylabel="weights", xlim=(-129, 128))
    axis.yaxis.set_major_formatter("{x:,.0f}")
    share = 100 * zeros / max(codes.size, 1)
    axis.set_title(
        f"not drawn: {zeros:,} of {codes.size:,} weights are 0 ({share:.1f} %)", loc="left", fontsize=10
    )
    return png(figure)


def draw_hearing(hearing: Hearing, *, nonzero_macs: int) -> bytes:
    """Draw the spectrograms and, on the same time axis, zeros among the activations and effective MACs.

    `nonzero_macs` per frame is what the zeros among the weights alone would leave.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 9.0), layout="constrained")
    axes = figure.subplots(4, 1, sharex=True, height_ratios=(3, 3, 2.4, 2))
    _spectrograms(figure, axes[:2], hearing)
    length = len(hearing.macs) * hearing.hop_seconds
    image = axes[2].imshow(
        100 * in_columns(hearing.zeros),
        aspect="auto",
        cmap="viridis",
        vmin=0,
        vmax=100,
        extent=(0, length, len(hearing.matrices), 0),
        interpolation="nearest",
    )
    names = [plot_text(name) for name in hearing.matrices]
    axes[2].set_yticks(np.arange(len(names)) + 0.5, names, fontsize=8)
    axes[2].set_title("activations that are 0, in what each matrix reads", loc="left", fontsize=10)
    figure.colorbar(image, ax=axes[2], label="% of codes")
    macs = in_columns(hearing.macs[np.newaxis])[0]
    axes[3].plot((np.arange(macs.size) + 0.5) * length / macs.size, macs, color=EFFECTIVE, linewidth=0.9)
    axes[3].axhline(nonzero_macs, color=NONZERO, linewidth=1.5)
    axes[3].set_ylim(0, max(1, 1.25 * nonzero_macs))
    axes[3].text(0, 1.04 * nonzero_macs, " if no activation were 0", fontsize=8)
    axes[3].yaxis.set_major_formatter("{x:,.0f}")
    axes[3].set_title(f"effective MACs per frame, in the mean {macs.mean():,.0f}", loc="left", fontsize=10)
    axes[3].set(xlabel="time, s", xlim=(0, hearing.seconds))
    return png(figure)


def _spectrograms(figure: Figure, axes: Sequence[Axes], hearing: Hearing) -> None:
    noisy, cleaned = hearing.before.decibels(), hearing.after.decibels()
    top = float(noisy.max())
    for axis, decibels, name in zip(axes, (noisy, cleaned), ("noisy", "cleaned"), strict=True):
        rate_hz = hearing.before.sample_rate_hz
        image = show(axis, decibels, top=top, seconds=hearing.seconds, sample_rate_hz=rate_hz)
        axis.set_ylabel("kHz")
        axis.set_title(name, loc="left", fontsize=10)
    figure.colorbar(image, ax=list(axes), label="dB below the loudest spot")


def draw_spectrogram(picture: Spectrogram, *, top: float) -> bytes:
    """Draw one spectrogram, its colours relative to `top` dB."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 1.5), layout="constrained")
    axis = figure.subplots()
    seconds = picture.samples / picture.sample_rate_hz
    show(axis, picture.decibels(), top=top, seconds=seconds, sample_rate_hz=picture.sample_rate_hz)
    axis.set_ylabel("kHz")
    return png(figure)


def in_columns(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means over time of [rows, frames] in as many columns as a picture has, or fewer."""
    frames = values.shape[1]
    starts = np.linspace(0, frames, min(frames, LARGEST_COLUMNS), endpoint=False).astype(int)
    return np.add.reduceat(values, starts, axis=1) / np.diff([*starts, frames])
