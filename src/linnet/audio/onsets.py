"""How much of speech is kept where it begins: initial fricatives, and the start of a recording.

A cleaned recording is clean speech times a gain, plus what is left of the noise. The gain over a stretch is that of
least squares, <clean, cleaned> / <clean, clean>: noise is not correlated with speech, so it does not count as speech.
0 dB keeps all of it, -3 dB loses half of its power.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]

FRAME_MS = 10.0
PAUSE_MS = 200.0
"""A phrase begins after a pause of at least this length, or with the recording."""

ONSET_MS = 60.0
"""A fricative of a word's beginning lasts 50 to 150 ms; this much of it is looked at."""

PAUSE_DB = -35.0
"""Below the active level: frames that are quieter are pause."""

FRICATIVE_HZ = 3500.0
"""Above it lie most of the power of s, sh and f, and little of voiced sounds."""

START_MS = 500.0
LEAST_KEPT_DB = -60.0
"""What is reported where nothing is kept, or less than nothing."""


class Kept(NamedTuple):
    """What a recording kept: of its initial fricatives above 3.5 kHz, and of its start in the whole band, in dB."""

    fricatives_db: tuple[float, ...]
    start_db: float | None  # None where the recording begins with a pause


def kept(clean: Signal, cleaned: Signal, rate_hz: int) -> Kept:
    """What `cleaned` keeps of `clean`: both float [samples] of one length, aligned.

    Raises:
        ValueError: the lengths differ, or the rate is too low to have anything above 3.5 kHz.
    """
    if clean.shape != cleaned.shape or clean.ndim != 1 or rate_hz <= 2 * FRICATIVE_HZ:
        raise ValueError(
            f"signals of shapes {clean.shape} and {cleaned.shape} at {rate_hz} Hz came; give one channel each, of one "
            f"length, at more than {2 * FRICATIVE_HZ:g} Hz."
        )
    high, heard = _above(clean, rate_hz), _above(cleaned, rate_hz)
    stretches = fricatives(clean, rate_hz)
    start = slice(0, round(START_MS / 1000 * rate_hz))
    is_speech = bool(np.any(_loud_frames(clean[start], rate_hz, _active_power(clean, rate_hz))))
    return Kept(
        tuple(_kept_db(high[stretch], heard[stretch]) for stretch in stretches),
        _kept_db(clean[start], cleaned[start]) if is_speech else None,
    )


def fricatives(clean: Signal, rate_hz: int) -> list[slice]:
    """Where phrases begin with a fricative: the first ONSET_MS of each, of which most of the power lies high."""
    frame = round(FRAME_MS / 1000 * rate_hz)
    loud = _loud_frames(clean, rate_hz, _active_power(clean, rate_hz))
    high, found, quiet = _above(clean, rate_hz), [], round(PAUSE_MS / FRAME_MS)
    for index, is_loud in enumerate(loud):
        stretch = slice(index * frame, index * frame + round(ONSET_MS / 1000 * rate_hz))
        is_whole = stretch.stop <= clean.size
        if is_loud and is_whole and quiet >= PAUSE_MS / FRAME_MS and _is_high(clean[stretch], high[stretch]):
            found.append(stretch)
        quiet = 0 if is_loud else quiet + 1
    return found


def _is_high(clean: Signal, high: Signal) -> bool:
    return 2 * float(np.sum(high * high)) > float(np.sum(clean * clean))


def _frame_powers(signal: Signal, rate_hz: int) -> NDArray[np.float64]:
    frame = round(FRAME_MS / 1000 * rate_hz)
    whole = signal[: signal.size // frame * frame].reshape(-1, frame).astype(np.float64)
    return np.mean(whole * whole, axis=1)


def _active_power(clean: Signal, rate_hz: int) -> float:
    """Mean power of the frames within 20 dB of the loudest."""
    powers = _frame_powers(clean, rate_hz)
    return float(powers[powers >= powers.max(initial=0.0) / 100].mean()) if powers.size else 0.0


def _loud_frames(clean: Signal, rate_hz: int, active_power: float) -> NDArray[np.bool_]:
    return _frame_powers(clean, rate_hz) > active_power * 10 ** (PAUSE_DB / 10)


def _above(signal: Signal, rate_hz: int) -> Signal:
    """What lies above FRICATIVE_HZ, without shift in time."""
    spectrum = np.fft.rfft(signal)
    spectrum[np.fft.rfftfreq(signal.size, 1 / rate_hz) < FRICATIVE_HZ] = 0
    return np.fft.irfft(spectrum, signal.size).astype(np.float32)


def _kept_db(clean: Signal, cleaned: Signal) -> float:
    gain = float(np.sum(clean.astype(np.float64) * cleaned)) / float(np.sum(clean.astype(np.float64) ** 2))
    return max(20 * float(np.log10(gain)), LEAST_KEPT_DB) if gain > 0 else LEAST_KEPT_DB
