"""The full scale of a recording of floats: 1, unless its samples plainly were integers that nobody divided."""

from typing import Any

import numpy as np
import numpy.typing as npt

LOUDEST_SAMPLE = 4.0
"""12 dB over full scale; beyond it nothing is sound, and the engine cuts there too."""

INTEGER_SCALES = (2.0**15, 2.0**23, 2.0**31)
"""Of 16, 24 and 32 bits, which floats are on that were converted from integers and never divided."""


class ScaleFinder:
    """Finds the full scale of a recording of floats, block by block, by how often which power of two is reached."""

    def __init__(self) -> None:
        self._counts = np.zeros(128, np.int64)  # [k]: 2^(k-1) <= |x| < 2^k; [0] all of a quiet block

    def push(self, samples: npt.NDArray[Any]) -> None:
        """Look at some samples of any shape."""
        if samples.size and samples.min() > -LOUDEST_SAMPLE and samples.max() < LOUDEST_SAMPLE:
            self._counts[0] += np.count_nonzero(samples)
            return
        size = np.abs(samples[np.isfinite(samples) & (samples != 0)])
        self._counts += np.bincount(np.clip(np.frexp(size)[1], 0, 127).ravel(), minlength=128)

    def full_scale(self) -> float:
        """1, but where more than a hundredth of the samples is far beyond: then that of the integers they were."""
        reached = self._counts[::-1].cumsum()[::-1]  # [k]: so many samples are 2^(k-1) or more
        if 100 * reached[3] <= reached[0]:
            return 1.0
        largest = int(np.flatnonzero(10_000 * reached > reached[0])[-1])
        return next((scale for scale in INTEGER_SCALES if 2.0**largest <= scale), 2.0**largest)


def scale_of(samples: npt.NDArray[Any]) -> float:
    """The full scale of a whole recording of floats, of any shape; see `ScaleFinder`."""
    finder = ScaleFinder()
    finder.push(samples)
    return finder.full_scale()
