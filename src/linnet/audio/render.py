"""One cut of speech or noise out of a pool, with changes of speed and tone.

Every function is a pure function of its arguments and the state of `rng`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from linnet.audio.mixing import SILENCE, active_level
from linnet.audio.recordings import Recording

Signal = NDArray[np.float32]

JOIN = 320
"""Samples of the crossfade between two cuts (20 ms at 16 kHz)."""

TELEPHONE = 0.3
"""Share of narrow bands that are a telephone's; the rest are what a low sample rate or a codec leaves."""

TELEPHONE_HZ = (300.0, 3400.0)
HIGHEST_HZ = (3000.0, 7500.0)
SLOPE_HZ = (50.0, 600.0)
"""Over how many hertz a band's edge falls from 1 to 0."""

EDGE, EDGE_SLOPE = 0.96, 0.08
"""Of half a lower sample rate: where its band ends, and over how much of it the edge falls from 1 to 0, as
resamplers leave it."""

CUT_AT = (0.14, 0.7)
"""Of the largest sample."""

FORMANT_WINDOW = 512
ENVELOPE_BINS = 11
"""Of a spectrum of FORMANT_WINDOW, over which the envelope is a mean: wider than one harmonic of most voices."""
SILENT_POWER = 1e-12
MOST_GAIN = 8.0

TRIES = 4
"""How often a cut that is nothing but silence is drawn anew."""


def cut_speech(
    rng: np.random.Generator, pool: Sequence[Recording], samples: int, speed: float
) -> tuple[Signal, str]:
    """`samples` of one voice and its name; short recordings are followed by others of the same speaker."""
    for _ in range(TRIES):
        recording = pool[int(rng.integers(len(pool)))]
        wanted = _stretched(samples, speed)
        voice = _random_cut(rng, recording, wanted)
        if voice.size < wanted:
            kin = [other for other in pool if other.label == recording.label]
            while voice.size < wanted:
                voice = _append(voice, _random_cut(rng, kin[int(rng.integers(len(kin)))], wanted))
        if active_level(voice) > SILENCE:
            break
    return _change_speed(voice[:wanted], samples), recording.name


def recorded_noise(
    rng: np.random.Generator, pool: Sequence[Recording], samples: int, speed: float
) -> tuple[Signal, str]:
    """`samples` of one noise recording and its name; a short recording is repeated with crossfades."""
    for _ in range(TRIES):
        recording = pool[int(rng.integers(len(pool)))]
        wanted = _stretched(samples, speed)
        noise = _random_cut(rng, recording, wanted)
        while noise.size < wanted:
            noise = _append(noise, recording.cut(0, wanted))
        if active_level(noise) > SILENCE:
            break
    return _change_speed(noise[:wanted], samples), recording.name


def tone_filter(rng: np.random.Generator, signal: Signal) -> Signal:
    """A gentle random filter of second order, as microphones and distance make (Valin, arXiv:1709.08243)."""
    from scipy.signal import lfilter  # half a second, and only who mixes needs it

    b1, b2, a1, a2 = rng.uniform(-3 / 8, 3 / 8, 4)
    filtered = lfilter(np.array([1.0, b1, b2], np.float32), np.array([1.0, a1, a2], np.float32), signal)
    return np.asarray(filtered, np.float32)


def moved_formants(signal: Signal, factor: float) -> Signal:
    """`signal` [samples] with its spectral envelope stretched by `factor`, as of a shorter throat; pitch and pace stay.

    Each frame of its STFT is multiplied by the stretched envelope over its own, up to MOST_GAIN either way. (Vocal
    tract length perturbation, Jaitly and Hinton 2013, on sound.)
    """
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import istft, stft

    frames = stft(signal, nperseg=FORMANT_WINDOW)[2]
    power = uniform_filter1d(np.abs(frames) ** 2, ENVELOPE_BINS, axis=0) + SILENT_POWER
    bins = np.arange(len(power))
    place = np.minimum(bins / factor, bins[-1])
    below = np.minimum(place.astype(int), len(power) - 2)
    share = (place - below)[:, None]
    wanted = power[below] * (1 - share) + power[below + 1] * share
    gain = np.clip(np.sqrt(wanted / power), 1 / MOST_GAIN, MOST_GAIN)
    return np.asarray(istft(frames * gain, nperseg=FORMANT_WINDOW)[1][: signal.size], np.float32)


def without_band(rng: np.random.Generator, signal: Signal, widest: float) -> Signal:
    """`signal` [samples] without one band, up to `widest` of all, 0 to 1 (as in arXiv:1904.08779)."""
    width = rng.uniform(0.0, widest)
    spectrum = fft.rfft(signal)
    first = round(rng.uniform(0.0, 1.0 - width) * spectrum.size)
    spectrum[first : first + round(width * spectrum.size)] = 0.0
    return np.asarray(fft.irfft(spectrum, signal.size), np.float32)


def with_gap(rng: np.random.Generator, signal: Signal, longest: int) -> Signal:
    """`signal` [samples], silent for up to `longest` samples somewhere in it (SpecAugment, arXiv:1904.08779)."""
    size = int(rng.integers(0, min(longest, signal.size) + 1))
    start = int(rng.integers(0, signal.size - size + 1))
    result = signal.copy()
    result[start : start + size] = 0.0
    return result


def cut_peaks(rng: np.random.Generator, signal: Signal) -> Signal:
    """`signal` [samples] with its peaks cut at a seventh to seven tenths of the largest, as of an overloaded input."""
    limit = np.float32(np.exp(rng.uniform(*np.log(CUT_AT))) * np.abs(signal).max(initial=0.0))
    return np.clip(signal, -limit, limit)


def narrow_band(rng: np.random.Generator, sample_rate_hz: int, *signals: Signal) -> tuple[Signal, ...]:
    """Signals [samples] of one length, all without what lies outside one band: a telephone's, or up to 3 to 7.5 kHz."""
    telephone = rng.random() < TELEPHONE
    low_hz, high_hz = TELEPHONE_HZ if telephone else (0.0, rng.uniform(*HIGHEST_HZ))
    return _banded(low_hz, high_hz, rng.uniform(*SLOPE_HZ), sample_rate_hz, signals)


def as_recorded_at(rate_hz: int, sample_rate_hz: int, *signals: Signal) -> tuple[Signal, ...]:
    """Signals [samples] of one length without what a recording at the lower `rate_hz` would not hold."""
    return _banded(0.0, EDGE * rate_hz / 2, EDGE_SLOPE * rate_hz / 2, sample_rate_hz, signals)


def _banded(
    low_hz: float, high_hz: float, slope_hz: float, sample_rate_hz: int, signals: tuple[Signal, ...]
) -> tuple[Signal, ...]:
    """Signals [samples] of one length without what lies below `low_hz` or above `high_hz`, edges `slope_hz` wide."""
    size = fft.next_fast_len(signals[0].size, real=True)
    hz = np.fft.rfftfreq(size, 1.0 / sample_rate_hz)
    below_top = np.clip((high_hz - hz) / slope_hz + 0.5, 0.0, 1.0)
    above_bottom = np.clip((hz - low_hz) / slope_hz + 0.5, 0.0, 1.0) if low_hz > 0 else 1.0
    gain = (below_top * above_bottom).astype(np.float32)
    return tuple(
        np.asarray(fft.irfft(fft.rfft(each, size) * gain, size)[: each.size], np.float32) for each in signals
    )


def faster(signal: Signal, speed: float) -> Signal:
    """`signal` [samples] played about `speed` times as fast, pitch along, at a length with a fast FFT."""
    return _change_speed(signal, _stretched(signal.size, 1 / speed))


def _stretched(samples: int, speed: float) -> int:
    """How many samples to cut so that `samples` remain at about `speed`: a size with a fast FFT."""
    if speed == 1.0:
        return samples
    return fft.next_fast_len(max(2, round(samples * speed)), real=True)


def _change_speed(signal: Signal, samples: int) -> Signal:
    """Resample `signal` to `samples` by its spectrum: no aliasing, no filter to design."""
    if signal.size == samples:
        return signal
    spectrum = fft.rfft(signal)[: samples // 2 + 1]
    stretched = fft.irfft(spectrum, samples) * np.float32(samples / signal.size)
    return np.asarray(stretched, np.float32)


def _random_cut(rng: np.random.Generator, recording: Recording, samples: int) -> Signal:
    start = int(rng.integers(0, max(1, recording.samples - samples + 1)))
    return recording.cut(start, samples)


def _append(signal: Signal, part: Signal) -> Signal:
    """Lay `part` after `signal`, overlapping by a linear crossfade; the result is always longer."""
    overlap = min(JOIN, part.size // 2, signal.size)
    fade = np.linspace(0.0, 1.0, overlap + 2, dtype=np.float32)[1:-1]
    middle = signal[signal.size - overlap :] * (1 - fade) + part[:overlap] * fade
    return np.concatenate((signal[: signal.size - overlap], middle, part[overlap:]))
