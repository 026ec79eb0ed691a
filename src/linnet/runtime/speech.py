"""Speech activity: how surely somebody speaks, from what a denoiser took away and what it left.

For those who gate, cut or count: a figure between 0 and 1 for every 16 ms of each channel. It is a logistic function of
two levels, smoothed: clean sound against noisy sound, and against the running peak of the noisy sound. The weights were
fitted on `val`; docs/learn/speech.md has the ROC on `test`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from linnet.runtime.samples import Raw, SoundDoor, check_channels, check_format

FRAME_SECONDS = 0.016

RATIO_WEIGHT, LEVEL_WEIGHT, BIAS = 0.1072, 0.0649, 2.596
"""Per dB, per dB, and alone: fitted to 80 mixtures of `val` and the noise of 40 of them alone through three models that
ship; 57 % of the frames hold speech: the clean reference is less than 30 dB below its mean there."""

SMOOTHING = 0.5
"""Of the energies, per frame."""

PEAK_FALL_DB = 3.0 * FRAME_SECONDS
"""The running peak falls by 3 dB a second."""

LOWEST_PEAK_DB = -60.0
"""Full scale is 0 dB; what stays below is silence."""

LOWEST_LEVEL_DB = -60.0
"""A frame is never further than this below the peak."""

QUIETEST = 1e-9
"""Added to every mean square, so that digital silence has a level."""


class SpeechMeter:
    """Tells how surely somebody speaks, frame by frame, from the noisy and the clean sound of one stream."""

    def __init__(
        self, sample_rate_hz: int, *, channels: int = 1, delay_samples: int = 0, full_scale: float = 1.0
    ) -> None:
        """Begin at rest; the clean sound lags the noisy one by `delay_samples`, as that of `Stream.push` does.

        Floats lie in [-1, 1], or in +-`full_scale`, as those of a stream do.

        Raises:
            ValueError: the rate is none from 8000 Hz, there is no channel, the delay is no whole number from 0, or the
                full scale is none.
        """
        check_format(sample_rate_hz, channels)
        if not (isinstance(delay_samples, int | np.integer) and delay_samples >= 0):
            raise ValueError(
                f"delay_samples={delay_samples!r} came, but the clean sound lags by a whole number of samples, or by "
                "none; give the delay_samples of the stream."
            )
        self.frame_samples = round(FRAME_SECONDS * sample_rate_hz)
        self._channels, self._late = channels, delay_samples
        self._doors = [SoundDoor(full_scale=full_scale, channels=channels) for _ in range(2)]
        self._waiting = [np.zeros((0, channels), np.float32) for _ in range(2)]
        self._energies = np.zeros((2, channels))
        self._peak_db = np.full(channels, LOWEST_PEAK_DB)

    def push(self, noisy: npt.ArrayLike | Raw, clean: npt.ArrayLike | Raw) -> npt.NDArray[np.float32]:
        """Take sound of the kinds that `Stream.push` takes, [n] or [n, channels]; give the frames that are whole.

        They are [frames, channels]; one channel gives [frames]. The two sounds need not be equally long; what is left
        of either waits for the next push.

        Raises:
            ValueError: the sound is of another type, or has other channels.
        """
        parts = [door.enter(sound) for door, sound in zip(self._doors, (noisy, clean), strict=True)]
        for part in parts:
            check_channels(part, self._channels, "this meter")
        parts = [part.reshape(len(part), self._channels) for part in parts]
        dropped = min(self._late, len(parts[1]))
        self._late -= dropped
        parts[1] = parts[1][dropped:]
        waiting = [np.concatenate(pair) for pair in zip(self._waiting, parts, strict=True)]
        frames = min(len(part) for part in waiting) // self.frame_samples
        whole = frames * self.frame_samples
        self._waiting = [part[whole:] for part in waiting]
        energies = np.stack([self._mean_squares(part[:whole]) for part in waiting], axis=1)
        activity = np.empty((frames, self._channels), np.float32)
        for index, energy in enumerate(energies):
            activity[index] = self._frame(energy)
        return activity[:, 0] if self._channels == 1 else activity

    def _mean_squares(self, sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        framed = sound.astype(np.float64).reshape(-1, self.frame_samples, self._channels)
        return np.square(framed).mean(axis=1)

    def _frame(self, energy: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
        """The activity of one frame from the mean squares, [noisy or clean, channels]."""
        self._energies += SMOOTHING * (energy - self._energies)
        noisy_db, clean_db = 10 * np.log10(self._energies + QUIETEST)
        self._peak_db = np.maximum(noisy_db, np.maximum(self._peak_db - PEAK_FALL_DB, LOWEST_PEAK_DB))
        level_db = np.maximum(clean_db - self._peak_db, LOWEST_LEVEL_DB)
        score = RATIO_WEIGHT * (clean_db - noisy_db) + LEVEL_WEIGHT * level_db + BIAS
        return 1 / (1 + np.exp(-score))
