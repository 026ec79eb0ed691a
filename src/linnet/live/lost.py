"""Sound that a server dropped without a word: how much less of it came than time passed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

LAG_BLOCKS = 100  # one block of so many comes in time
UNTOLD_SECONDS, SLOW_CLOCK = 0.02, 3e-4  # so much less sound says nothing: clocks of devices differ


class LostSound:
    """Compares sound with time, block by block. `clock` tells seconds."""

    def __init__(self, sample_rate_hz: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds = 0.0
        """How much less sound came than time passed; a slow clock of the device counts, too, by about 0.01 %."""
        self._rate_hz, self._clock = sample_rate_hz, clock
        self._samples = 0
        self._first_lags: list[float] = []
        self._last_lags: deque[float] = deque(maxlen=LAG_BLOCKS)

    def take(self, samples: int) -> None:
        """A block of so many samples has just come.

        It may be late, and the next ones catch up; what no block of many catches up with has been lost.
        """
        lag = self._clock() - self._samples / self._rate_hz
        self._samples += samples
        if len(self._first_lags) < LAG_BLOCKS:
            self._first_lags.append(lag)
        self._last_lags.append(lag)
        self.seconds = max(0.0, min(self._last_lags) - min(self._first_lags))

    @property
    def is_certain(self) -> bool:
        """Whether it is more than clocks differ by."""
        return self.seconds > UNTOLD_SECONDS + SLOW_CLOCK * self._samples / self._rate_hz
