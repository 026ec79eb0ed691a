"""What the network is shown of a heartbeat: 19 numbers, 0.384 s after its R peak, from this beat and those before it.

One frame is one beat. The peaks are given, as of a detector. A beat is compared with the usual beat of the same heart,
a running mean, and its interval with the usual interval: what is not compared tells patients apart, not beats.
NumPy only, causal, and a few thousand additions a beat: `Heart.beat` is meant to be copied to other languages.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]

RATE_HZ = 125
BEFORE, AFTER = 36, 48
"""Samples of a beat before its R peak, and from it on: the decision can be made 48 / 125 = 0.384 s after the peak."""
SAMPLES = BEFORE + AFTER
FEATURES = 19

SECTIONS = ((0, 9), (9, 18), (18, 26), (26, 32), (32, 39), (39, 46), (46, 54), (54, 68), (68, 84))
"""Parts of a beat in samples: two of the P wave, one before the QRS complex, three of that, three behind it."""
COMPLEX, P_WAVE, PEAK = slice(24, 50), slice(6, 28), slice(24, 48)
SHORTEST, LONGEST = 0.2, 2.0  # seconds of an interval; a longer one says that beats were missed
QUICKEST, SLOW = 1 / 16, 1 / 128  # shares of a new beat in running means
LEAST_LEVEL = 0.1  # millivolts from the lowest to the highest sample of a QRS complex
LARGEST = 4.0


class Beat(NamedTuple):
    """A beat measured: `shape` [SAMPLES], whose usual height is 1; its height; its interval in seconds."""

    shape: npt.NDArray[np.float64]
    height: float
    interval: float


class Heart:
    """What is remembered of one heart: the usual beat, the last one, the usual height and intervals."""

    def __init__(self) -> None:
        """Begin without a beat."""
        self.count = 0
        self.level = 0.0
        self.usual = self.last = np.zeros(SAMPLES)
        self.interval = self.slow_interval = self.last_interval = 0.0

    def beat(self, samples: npt.ArrayLike, interval: float) -> Values:
        """What the network is shown of the next beat: float32 [FEATURES].

        Args:
            samples: millivolts [SAMPLES] at RATE_HZ, of which number BEFORE is the R peak.
            interval: seconds since the R peak before; of the first beat anything.

        Raises:
            ValueError: there are more or fewer samples, or the interval is no time.
        """
        millivolts = np.asarray(samples, np.float64)
        if millivolts.shape != (SAMPLES,) or not interval >= 0:
            raise ValueError(
                f"samples of shape {millivolts.shape} and an interval of {interval} s are no beat; give {SAMPLES} "
                "samples and 0 s or more."
            )
        share = max(QUICKEST, 1 / (self.count + 1))
        beat = self._measured(millivolts, interval, share)
        shown = np.concatenate((self._rhythm(beat), self._form(beat)))
        self._remember(beat, share)
        return np.clip(shown, -LARGEST, LARGEST).astype(np.float32)

    def _measured(self, millivolts: npt.NDArray[np.float64], interval: float, share: float) -> Beat:
        centred = millivolts - np.median(millivolts)
        height = float(np.ptp(centred[PEAK]))
        if self.count == 0:
            self.level = max(height, LEAST_LEVEL)
            self.usual = self.last = centred / self.level
        self.level = max(_moved(self.level, height, share, self.level / 2, self.level), LEAST_LEVEL)
        seconds = min(max(interval, SHORTEST), LONGEST)
        if self.count <= 1:  # the first beat has no interval: it is shown as if all were usual
            seconds = seconds if self.count else 0.8
            self.interval = self.slow_interval = self.last_interval = seconds
        return Beat(centred / self.level, height / self.level, seconds)

    def _rhythm(self, beat: Beat) -> list[float]:
        """The interval and the one before, as shares of the usual ones."""
        return [
            beat.interval / self.interval - 1,
            self.last_interval / self.interval - 1,
            beat.interval / self.last_interval - 1,
            beat.interval / self.slow_interval - 1,
        ]

    def _form(self, beat: Beat) -> list[float]:
        """How far each part is from the usual one; height, width, slope and likeness; sizes of about 1 where odd."""
        odd, usual = np.abs(beat.shape - self.usual), self.usual
        height, usual_height = max(beat.height, 0.2), max(float(np.ptp(usual[PEAK])), 0.2)
        width = float(np.mean(np.abs(beat.shape[COMPLEX]))) / height
        usual_width = float(np.mean(np.abs(usual[COMPLEX]))) / usual_height
        steep = float(np.max(np.abs(np.diff(beat.shape[COMPLEX])))) / height
        usual_steep = float(np.max(np.abs(np.diff(usual[COMPLEX]))))
        return [
            *(6 * float(np.mean(odd[start:end])) for start, end in SECTIONS),
            6 * float(np.mean(np.abs(beat.shape - self.last)[COMPLEX])),
            beat.height - 1,
            6 * (width - usual_width),
            4 * (steep - usual_steep),
            1 - _likeness(beat.shape[COMPLEX], usual[COMPLEX]),
            1 - _likeness(beat.shape[P_WAVE], usual[P_WAVE]),
        ]

    def _remember(self, beat: Beat, share: float) -> None:
        self.usual = self.usual + share * np.clip(beat.shape - self.usual, -0.2, 0.2)
        if self.count:
            most, slow = 0.15 * self.interval, max(SLOW, 1 / (self.count + 1))
            self.interval = _moved(self.interval, beat.interval, share, most, most)
            most = 0.15 * self.slow_interval
            self.slow_interval = _moved(self.slow_interval, beat.interval, slow, most, most)
        self.last, self.last_interval = beat.shape, beat.interval
        self.count += 1


def shown_of(millivolts: npt.ArrayLike, peaks: npt.NDArray[np.integer]) -> Values:
    """What the network is shown of a recording: float32 [beats, FEATURES].

    Args:
        millivolts: [samples] at RATE_HZ; before the first and behind the last it stays as it is there.
        peaks: the place of every R peak [beats], rising.
    """
    heart, padded = Heart(), np.pad(np.asarray(millivolts, np.float32), (BEFORE, AFTER), mode="edge")
    intervals = np.diff(peaks, prepend=peaks[:1]) / RATE_HZ
    shown = [
        heart.beat(padded[peak : peak + SAMPLES], interval)
        for peak, interval in zip(peaks, intervals, strict=True)
    ]
    return np.stack(shown) if shown else np.zeros((0, FEATURES), np.float32)


def _moved(mean: float, value: float, share: float, down: float, up: float) -> float:
    """A running mean after another value, which counts as at most so far below or above the mean."""
    return mean + share * min(max(value - mean, -down), up)


def _likeness(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """The correlation of two pieces, near 0 where one is flat."""
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other / np.sqrt((one @ one) * (other @ other) + 1e-3))
