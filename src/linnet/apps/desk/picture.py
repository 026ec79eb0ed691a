"""The picture of a cleaned recording: its spectrogram before and after, as a PNG.

A `Spectrogram` is fed block by block and keeps a fixed number of columns, so that an hour of audio takes no more
memory than a second. What lies in the files is the business of denoise.py.
"""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from linnet.apps.desk.refusal import missing_extra
from linnet.output.atomic import write_bytes
from linnet.output.quoting import plot_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

WINDOW_SECONDS = 0.032  # the length speech is usually looked at with; also the model's own window
LARGEST_COLUMNS = 1200  # about one per pixel of the picture
RANGE_DB = 75.0  # what lies this far below the loudest spot of the noisy recording is black


class Spectrogram:
    """Mean power per column and frequency of a recording of known length, gathered as it passes.

    Args:
        samples: length of the whole recording.
        sample_rate_hz: its rate.
    """

    def __init__(self, samples: int, sample_rate_hz: int) -> None:
        self.samples = samples
        self.sample_rate_hz = sample_rate_hz
        self.window = max(16, round(WINDOW_SECONDS * sample_rate_hz / 2) * 2)
        self.hop = self.window // 4
        frames = max(1, (samples - self.window) // self.hop + 1)
        columns = min(LARGEST_COLUMNS, frames)
        self._frames_per_column = frames / columns
        self._power = np.zeros((self.window // 2 + 1, columns))
        self._count = np.zeros(columns)
        self._next_frame = 0
        self._rest = np.zeros(0, np.float32)
        self._shape = np.hanning(self.window + 1)[:-1].astype(np.float32)

    def push(self, block: NDArray[np.float32]) -> None:
        """Add a block [samples, channels]; the channels are averaged; what is no number counts as silence."""
        self._rest = np.concatenate([self._rest, np.nan_to_num(block, posinf=0, neginf=0).mean(axis=1)])
        count = (self._rest.size - self.window) // self.hop + 1
        if count <= 0:
            return
        frames = np.lib.stride_tricks.sliding_window_view(self._rest, self.window)[:: self.hop][:count]
        power = np.square(np.abs(np.fft.rfft(frames * self._shape, axis=1)))
        places = ((self._next_frame + np.arange(count)) / self._frames_per_column).astype(int)
        places = np.minimum(places, self._count.size - 1)
        np.add.at(self._power.T, places, power)
        np.add.at(self._count, places, 1)
        self._next_frame += count
        self._rest = self._rest[count * self.hop :]

    def decibels(self) -> NDArray[np.float64]:
        """Return the power in dB, [frequencies, columns]."""
        return 10 * np.log10(self._power / np.maximum(self._count, 1) + 1e-12)


def require() -> None:
    """Refuse, before any work is done, where no picture can be drawn.

    Raises:
        Refusal: Matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise missing_extra("plot", "a picture needs Matplotlib")


def show(
    axis: Axes, decibels: NDArray[np.float64], *, top: float, seconds: float, sample_rate_hz: int
) -> AxesImage:
    """Draw one spectrogram [frequencies, columns] in dB, its colours relative to `top`, over seconds and kHz."""
    return axis.imshow(
        decibels - top,
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=-RANGE_DB,
        vmax=0,
        extent=(0, seconds, 0, sample_rate_hz / 2000),
        interpolation="nearest",
    )


def draw(before: Spectrogram, after: Spectrogram, path: Path, *, title: str) -> None:
    """Write both spectrograms, one above the other on one colour scale, to the PNG file `path`."""
    from matplotlib.figure import Figure

    noisy, cleaned = before.decibels(), after.decibels()
    top = float(noisy.max())
    seconds = before.samples / before.sample_rate_hz
    figure = Figure(figsize=(9.0, 5.4), layout="constrained")
    axes = figure.subplots(2, 1, sharex=True, sharey=True)
    for axis, decibels, name in zip(axes, (noisy, cleaned), ("before", "after"), strict=True):
        image = show(axis, decibels, top=top, seconds=seconds, sample_rate_hz=before.sample_rate_hz)
        axis.set_ylabel("frequency, kHz")
        axis.set_title(name, loc="left", fontsize=10)
    axes[1].set_xlabel("time, s")
    figure.suptitle(plot_text(title), fontsize=11)
    figure.colorbar(image, ax=list(axes), label="dB below the loudest spot", shrink=0.8)
    content = BytesIO()
    figure.savefig(content, dpi=120, format="png")
    write_bytes(path, content.getvalue())
