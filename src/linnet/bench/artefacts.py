"""What an ear complains of in cleaned speech, as figures: dull speech, musical noise, noise that pumps.

All three compare a cleaned recording with its clean reference and the noisy one, frame by frame. They say where to
listen; they are no measure of quality. Source of the kurtosis: Uemura et al., "Automatic optimization scheme of
spectral subtraction based on musical noise assessment via higher-order statistics", IWAENC 2008.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
Power = NDArray[np.float64]

WINDOW_SECONDS = 0.032
SPEECH_DB = 30.0  # below the loudest frames of the clean recording and still speech
PAUSE_DB = 40.0  # further below: a pause
SPLIT_HZ = 4000.0  # of dullness: fricatives lie above
AFTER_SECONDS = 0.2  # of a pause, in which noise is still up where it pumps
LEAST_FRAMES = 10  # of each kind for a figure
LOUDEST = 95  # percentile of frames
SILENT = 1e-12  # power that counts as none: -120 dB


class Artefacts(NamedTuple):
    """NaN where a recording has too little of what is looked at.

    dull_db: how much of the speech's power above 4 kHz is left where the clean recording has it; 0 is all.
    musical: logarithm of the kurtosis of pauses over that of the noisy pauses; above 0, single tones stand out.
    pumping_db: how much more noise is left right after speech than later in pauses.
    """

    dull_db: float
    musical: float
    pumping_db: float


def artefacts(clean: Signal, noisy: Signal, cleaned: Signal, rate_hz: int) -> Artefacts:
    """Return the figures of recordings [samples] of one length and rate."""
    of_clean, of_noisy, of_cleaned = (_power(each, rate_hz) for each in (clean, noisy, cleaned))
    level = 10 * np.log10(of_clean.sum(axis=1) + SILENT)
    loud = np.percentile(level, LOUDEST) if level.size else 0.0
    pauses = level < loud - PAUSE_DB
    return Artefacts(
        _dull(of_clean, of_cleaned, rate_hz),
        _musical(of_noisy[pauses], of_cleaned[pauses]),
        _pumping(of_noisy, of_cleaned, pauses),
    )


def _power(signal: Signal, rate_hz: int) -> Power:
    """Power [frames, bins] by windows of 32 ms that overlap by half."""
    window = 2 * round(WINDOW_SECONDS * rate_hz / 2)
    if signal.size < window:
        return np.zeros((0, window // 2 + 1))
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(signal, np.float64), window)[:: window // 2]
    shape = np.hanning(window + 1)[:-1]
    power: Power = np.square(np.abs(np.fft.rfft(frames * shape, axis=1)))
    return power


def _dull(clean: Power, cleaned: Power, rate_hz: int) -> float:
    high = np.linspace(0, rate_hz / 2, clean.shape[1]) >= SPLIT_HZ
    before, after = clean[:, high].sum(axis=1), cleaned[:, high].sum(axis=1)
    if not before.size or before.max() <= SILENT:
        return float("nan")
    loud = np.percentile(before, LOUDEST)
    chosen = before > loud * 10 ** (-SPEECH_DB / 10)
    if chosen.sum() < LEAST_FRAMES:
        return float("nan")
    # by frames in dB, so that loud ones do not hide what happens to the others; more than there was is no gain
    ratios = 10 * np.log10((after[chosen] + SILENT) / (before[chosen] + SILENT))
    return float(np.mean(np.minimum(ratios, 0.0)))


def _musical(noisy: Power, cleaned: Power) -> float:
    if len(noisy) < LEAST_FRAMES:
        return float("nan")
    before, after = (_kurtosis(each) for each in (noisy, cleaned))
    return float(np.log(after / before)) if before > 0 and after > 0 else float("nan")


def _kurtosis(power: Power) -> float:
    """Fourth over squared second moment of the powers about 0, bin by bin, the bins' mean."""
    square = np.mean(power**2, axis=0)
    heard = square > SILENT**2
    if not heard.any():
        return 0.0
    return float(np.mean(np.mean(power[:, heard] ** 4, axis=0) / square[heard] ** 2))


def _pumping(noisy: Power, cleaned: Power, pauses: NDArray[np.bool_]) -> float:
    since = _frames_since_speech(pauses)
    near = (since > 0) & (since <= round(2 * AFTER_SECONDS / WINDOW_SECONDS))
    far = since > round(4 * AFTER_SECONDS / WINDOW_SECONDS)
    if min(near.sum(), far.sum()) < LEAST_FRAMES:
        return float("nan")
    gain = 10 * np.log10((cleaned.sum(axis=1) + SILENT) / (noisy.sum(axis=1) + SILENT))
    return float(gain[near].mean() - gain[far].mean())


def _frames_since_speech(pauses: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How long each frame's pause has lasted, 1 in its first frame; 0 in speech and before the first speech."""
    since, last = np.zeros(pauses.size, np.int64), None
    for frame, pause in enumerate(pauses):
        if not pause:
            last = frame
        elif last is not None:
            since[frame] = frame - last
    return since
