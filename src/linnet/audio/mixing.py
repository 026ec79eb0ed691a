"""Speech plus noise plus room, at a wanted signal-to-noise ratio and level.

A level is a root mean square against full scale 1.0, so a full-scale sine stands at -3 dBFS. What is
mixed with what, and how often, is the business of tasks/.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]

ACTIVITY_FRAME = 320
"""Samples per activity frame: 20 ms at 16 kHz, about one pitch-synchronous syllable part."""

ACTIVITY_RANGE_DB = 20.0
"""A frame counts as active when it lies within this much of the loudest frame; pauses of speech lie lower."""

PEAK_LIMIT = 0.99
"""Largest absolute sample of a mixture: below full scale, so that 16-bit files do not clip."""

SILENCE = 1e-7
"""A level below this (-140 dBFS) is treated as silence and never amplified."""


class Mixture(NamedTuple):
    """Three signals of one length and one gain: `noisy` = `clean` + `noise`."""

    noisy: Signal
    clean: Signal
    noise: Signal


def level(signal: Signal) -> float:
    """Root mean square of `signal` [samples] against full scale 1.0; 0.0 for an empty signal."""
    if signal.size == 0:
        return 0.0
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float32), dtype=np.float64)))


def active_level(signal: Signal) -> float:
    """Root mean square over the active frames of `signal` [samples]: pauses do not lower it.

    Active are the 20 ms frames within 20 dB of the loudest one. A signal shorter than a frame is one frame.
    """
    frames = signal.size // ACTIVITY_FRAME
    if frames == 0:
        return level(signal)
    whole = signal[: frames * ACTIVITY_FRAME].reshape(frames, ACTIVITY_FRAME)
    power = np.einsum("ij,ij->i", whole, whole).astype(np.float64) / ACTIVITY_FRAME
    active = power >= power.max() * 10 ** (-ACTIVITY_RANGE_DB / 10)
    return float(np.sqrt(power[active].mean()))


def mix(speech: Signal, noise: Signal, *, snr_db: float, level_dbfs: float) -> Mixture:
    """Add `noise` so that speech stands `snr_db` above it, then set the sum to `level_dbfs`.

    Both are [samples] float32. The ratio is that of the active levels, so a pause in the speech or a noise
    of rare events does not shift it. Where the wanted level would clip, the gain is lowered until the peak
    is 0.99. Silent noise leaves the speech alone; silent speech leaves the noise at its own level.

    Raises:
        ValueError: the signals differ in length.
    """
    if speech.shape != noise.shape:
        raise ValueError(
            f"speech has {speech.shape} samples and noise {noise.shape}, so they cannot be added; "
            "cut both to one length."
        )
    speech_level, noise_level = active_level(speech), active_level(noise)
    if speech_level > SILENCE and noise_level > SILENCE:
        noise = noise * np.float32(speech_level / noise_level * 10 ** (-snr_db / 20))
    return set_level(speech, noise, level_dbfs=level_dbfs)


def set_level(speech: Signal, noise: Signal, *, level_dbfs: float) -> Mixture:
    """Add the two as they are, then give the sum the active level `level_dbfs`, without clipping."""
    noisy = speech + noise
    heard = active_level(noisy)
    peak = max(float(np.max(np.abs(part), initial=0.0)) for part in (noisy, speech, noise))
    gain = 10 ** (level_dbfs / 20) / heard if heard > SILENCE else 1.0
    if peak * gain > PEAK_LIMIT:
        gain = PEAK_LIMIT / peak
    factor = np.float32(gain)
    return Mixture(noisy * factor, speech * factor, noise * factor)


def apply_room(speech: Signal, response: Signal) -> Signal:
    """Hear `speech` [samples] through a room: convolve with `response` [taps], time-aligned, same length.

    The strongest arrival of the response is taken as time zero, so the result does not lag. The response
    is scaled to unit energy, which keeps the level of noise-like signals. A silent response is refused.

    Raises:
        ValueError: the response has no energy.
    """
    from scipy.signal import fftconvolve  # half a second, and only who mixes needs it

    energy = float(np.sqrt(np.sum(np.square(response, dtype=np.float64))))
    if not energy > 0.0:
        raise ValueError(
            f"room response of {response.size} taps has no energy, so it would silence the speech; "
            "leave it out of the rooms folder."
        )
    direct = int(np.argmax(np.abs(response)))
    scaled = (response / np.float32(energy)).astype(np.float32, copy=False)
    reverberant = fftconvolve(speech, scaled)[direct : direct + speech.size]
    return np.ascontiguousarray(reverberant, dtype=np.float32)
