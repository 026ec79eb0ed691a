"""Generated signals: noise that no recording is needed for, and a speech-like signal for tests.

Every generator has the form `make(rng, samples, sample_rate_hz) -> float32 [samples]`, and is a pure
function of the state of `rng`. Levels are set afterwards, by mixing.py. A periodic sound is read from a table
of one period, so that many harmonics cost no more than one.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Signal = NDArray[np.float32]
Generator = np.random.Generator
Vector = NDArray[Any]
NoiseMaker = Callable[[Generator, int, int], Signal]

LEVEL = 0.05
"""Root mean square that every generator aims at (-26 dBFS)."""

LOWEST_HZ = 20.0
"""Coloured noise is flat below this frequency, where brown noise would grow without end."""

TABLE = 4096
"""Samples of a one-period table; the nearest entry is read, an error 60 dB down."""


def _spectrum_to_noise(rng: Generator, samples: int, gain: NDArray[np.float32]) -> Signal:
    """Gaussian noise whose spectrum has the shape `gain` [bins], cut to `samples`."""
    bins = gain.size
    real = rng.standard_normal((2, bins), dtype=np.float32)
    spectrum = (real[0] + 1j * real[1]) * gain
    return _normalise(fft.irfft(spectrum, 2 * (bins - 1))[:samples])


def _frequencies(samples: int, sample_rate_hz: int) -> NDArray[np.float32]:
    size = fft.next_fast_len(max(samples, 2), real=True)
    size += size % 2
    return np.fft.rfftfreq(size, 1.0 / sample_rate_hz).astype(np.float32)


def _normalise(signal: NDArray[np.floating]) -> Signal:
    power = float(np.mean(np.square(signal, dtype=np.float64))) if signal.size else 0.0
    gain = LEVEL / np.sqrt(power) if power > 0.0 else 0.0
    return (signal * np.float32(gain)).astype(np.float32, copy=False)


def coloured(slope_db_per_octave: float) -> NoiseMaker:
    """Gaussian noise with a straight spectrum on a logarithmic axis: 0 white, -3 pink, -6 brown, +3 blue."""
    exponent = slope_db_per_octave / (20 * np.log10(2))

    def make(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
        hz = np.maximum(_frequencies(samples, sample_rate_hz), LOWEST_HZ)
        return _spectrum_to_noise(rng, samples, np.power(hz / 1000.0, exponent, dtype=np.float32))

    return make


white = coloured(0.0)
pink = coloured(-3.0)
brown = coloured(-6.0)
blue = coloured(3.0)


def shaped(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """Stationary noise with a random smooth spectrum, as of a fan, a car or an air duct."""
    hz = np.maximum(_frequencies(samples, sample_rate_hz), LOWEST_HZ)
    corners = np.linspace(np.log2(LOWEST_HZ), np.log2(sample_rate_hz / 2), 10)
    tilt = rng.uniform(-6.0, 2.0)
    gains_db = np.cumsum(rng.normal(tilt, 6.0, corners.size))
    curve_db = np.interp(np.log2(hz), corners, gains_db - gains_db.max())
    return _spectrum_to_noise(rng, samples, np.power(10.0, curve_db / 20).astype(np.float32))


def _periodic(cycles: Vector, amplitudes: Vector, phases: Vector) -> Signal:
    """Sum of harmonics along the phase `cycles` [samples] (1.0 = one period), read from a table."""
    spectrum = np.zeros(TABLE // 2 + 1, np.complex128)
    spectrum[1 : amplitudes.size + 1] = amplitudes * np.exp(1j * phases)
    table = fft.irfft(spectrum, TABLE).astype(np.float32)
    return table[(cycles * TABLE).astype(np.int64) & (TABLE - 1)]


def _harmonic_count(sample_rate_hz: int, fundamental_hz: float, most: int) -> int:
    return int(np.clip(0.45 * sample_rate_hz / fundamental_hz, 1, most))


def hum(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """Mains hum: 50 or 60 Hz with up to 40 harmonics of random strength, and a little hiss."""
    mains_hz = (50.0, 60.0)[int(rng.integers(2))] * rng.uniform(0.998, 1.002)
    count = _harmonic_count(sample_rate_hz, mains_hz, 40)
    order = np.arange(1, count + 1)
    amplitudes = rng.exponential(1.0, count) / order ** rng.uniform(0.3, 1.5)
    cycles = np.arange(samples) * (mains_hz / sample_rate_hz) + rng.random()
    tone = _normalise(_periodic(cycles, amplitudes, rng.uniform(0, 2 * np.pi, count)))
    hiss = white(rng, samples, sample_rate_hz)
    return _normalise(tone + np.float32(10 ** rng.uniform(-2.0, -0.5)) * hiss)


def buzz(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """One note of up to 120 harmonics from 40 Hz to 1 kHz that never changes, with a little hiss."""
    return _with_hiss(rng, _buzz(rng, samples, sample_rate_hz), sample_rate_hz)


def tones(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """One to five sines that never change, with a little hiss."""
    return _with_hiss(rng, _tones(rng, samples, sample_rate_hz), sample_rate_hz)


def steady(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """Sound that never changes: a buzz of many harmonics, or one to five tones, with a little hiss."""
    make = _buzz if rng.random() < 0.6 else _tones
    return _with_hiss(rng, make(rng, samples, sample_rate_hz), sample_rate_hz)


def _buzz(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    time = np.arange(samples) / sample_rate_hz
    fundamental_hz = np.exp(rng.uniform(np.log(40.0), np.log(1000.0)))
    count = _harmonic_count(sample_rate_hz, fundamental_hz, int(rng.integers(1, 120)))
    amplitudes = rng.exponential(1.0, count) / np.arange(1, count + 1) ** rng.uniform(0.0, 1.5)
    phases = rng.uniform(0, 2 * np.pi, count)
    return _periodic(time * fundamental_hz + rng.random(), amplitudes, phases)


def _tones(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    time = np.arange(samples) / sample_rate_hz
    pitches_hz = np.exp(rng.uniform(np.log(60.0), np.log(0.48 * sample_rate_hz), int(rng.integers(1, 6))))
    parts = [_periodic(time * hz + rng.random(), np.ones(1), np.zeros(1)) for hz in pitches_hz]
    return np.asarray(np.sum([rng.exponential(1.0) * part for part in parts], axis=0))


def _with_hiss(rng: Generator, sound: Signal, sample_rate_hz: int) -> Signal:
    hiss = white(rng, sound.size, sample_rate_hz)
    return _normalise(_normalise(sound) + np.float32(10 ** rng.uniform(-3.0, -0.5)) * hiss)


def harmonic(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """Tones that change every so often, with vibrato: beeps, alarms, engines, music-like notes."""
    notes = int(rng.integers(1, 2 + max(1, samples * 6 // (4 * sample_rate_hz))))
    edges = np.sort(rng.integers(0, samples + 1, notes - 1))
    lengths = np.diff(np.concatenate(([0], edges, [samples])))
    lowest = rng.uniform(60.0, 900.0)
    pitches = lowest * 2 ** (rng.integers(0, 25, notes) / 12)
    time = np.arange(samples) / sample_rate_hz
    vibrato = 1.0 + rng.uniform(0, 0.02) * np.sin(2 * np.pi * rng.uniform(2, 8) * time)
    pitch = np.repeat(pitches, lengths) * vibrato
    loudness = np.repeat(np.where(rng.random(notes) < 0.2, 0.02, rng.uniform(0.3, 1.0, notes)), lengths)
    count = _harmonic_count(sample_rate_hz, float(pitches.max()), 16)
    amplitudes = rng.exponential(1.0, count) / np.arange(1, count + 1) ** rng.uniform(0.5, 2.0)
    cycles = np.cumsum(pitch / sample_rate_hz) + rng.random()
    return _normalise(_periodic(cycles, amplitudes, rng.uniform(0, 2 * np.pi, count)) * _smooth(loudness))


def _smooth(envelope: Vector) -> Vector:
    """First-order low pass, so that a step in loudness does not click."""
    from scipy.signal import lfilter  # half a second, and only who mixes needs it

    return lfilter([0.01], [1.0, -0.99], envelope)


def clicks(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """Rare decaying knocks over faint hiss: keys, switches, crackle. 0.5 to 20 of them per second."""
    rate_hz = np.exp(rng.uniform(np.log(0.5), np.log(20.0)))
    count = 1 + int(rng.poisson(rate_hz * samples / sample_rate_hz))
    size = max(2, int(sample_rate_hz * rng.uniform(0.005, 0.06)))
    time = np.arange(size) / sample_rate_hz
    decay = np.exp(-time * rng.uniform(6.0, 12.0) * sample_rate_hz / size)
    ring = np.sin(2 * np.pi * rng.uniform(200, 0.4 * sample_rate_hz) * time)
    knock = decay * (rng.uniform(0, 1) * ring + rng.uniform(0.2, 1) * rng.standard_normal(size))
    signal = np.zeros(samples + size, np.float32)
    for start in rng.integers(0, samples, count):
        signal[start : start + size] += knock * rng.uniform(0.2, 1.0)
    hiss = white(rng, samples, sample_rate_hz) * np.float32(10 ** rng.uniform(-3.0, -1.0))
    return _normalise(_normalise(signal[:samples]) + hiss)


def modulated(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """Coloured noise that swells and fades: wind, waves, passing cars, a wiper."""
    noise = shaped(rng, samples, sample_rate_hz)
    rate_hz = np.exp(rng.uniform(np.log(0.3), np.log(12.0)))
    points = max(2, int(samples / sample_rate_hz * rate_hz) + 2)
    depth_db = rng.uniform(6.0, 30.0)
    if rng.random() < 0.5:
        knots_db = -depth_db * rng.random(points)
    else:
        knots_db = -depth_db * (np.arange(points) % 2 + 0.3 * rng.random(points))
    places = np.linspace(0, points - 1, samples, dtype=np.float32)
    envelope = np.power(10.0, np.interp(places, np.arange(points), knots_db / 20))
    return _normalise(noise * envelope)


def _along(knots: Vector, samples: int) -> Vector:
    """Straight lines from knot to knot, the first and the last at the ends: [samples]."""
    return np.interp(np.linspace(0, knots.size - 1, samples), np.arange(knots.size), knots)


def wind(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """Wind in a microphone: rumble that falls by 6 to 14 dB an octave above 30 to 250 Hz, in gusts."""
    hz = _frequencies(samples, sample_rate_hz)
    corner_hz = np.exp(rng.uniform(np.log(30.0), np.log(250.0)))
    exponent = rng.uniform(6.0, 14.0) / (20 * np.log10(2))
    rumble = _spectrum_to_noise(rng, samples, np.power(1 + hz / np.float32(corner_hz), -np.float32(exponent)))
    gusts_db = np.zeros(samples, np.float32)
    for slowest_hz, fastest_hz, deepest_db in ((0.2, 2.0, 25.0), (2.0, 15.0, 8.0)):
        points = int(samples / sample_rate_hz * rng.uniform(slowest_hz, fastest_hz)) + 2
        knots_db = rng.uniform(-deepest_db, 0.0) * rng.random(points)
        gusts_db += _along(knots_db, samples)
    return _with_hiss(rng, rumble * np.power(np.float32(10), gusts_db / 20), sample_rate_hz)


def sweep(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """A tone that glides to and fro over several octaves: sirens, motors running up."""
    points = int(rng.integers(3, 3 + max(1, 4 * samples // sample_rate_hz)))
    low, high = np.log2(80.0), np.log2(0.4 * sample_rate_hz)
    octaves = _along(rng.uniform(low, high, points), samples)
    cycles = np.cumsum(np.exp2(octaves) / sample_rate_hz)
    count = int(rng.integers(1, 4))
    return _normalise(_periodic(cycles, rng.exponential(1.0, count), rng.uniform(0, 2 * np.pi, count)))


def babble(voices: Sequence[Signal]) -> Signal:
    """Sum of several voices, each [samples] and brought to one level first."""
    return _normalise(np.sum([_normalise(voice) for voice in voices], axis=0, dtype=np.float32))


NOISE_MAKERS: tuple[tuple[str, NoiseMaker], ...] = (
    ("white", white),
    ("pink", pink),
    ("brown", brown),
    ("blue", blue),
    *[("shaped", shaped)] * 3,
    *[("modulated", modulated)] * 2,
    ("hum", hum),
    ("clicks", clicks),
    ("harmonic", harmonic),
    ("sweep", sweep),
)
"""What a random generated noise is drawn from; the kinds nearest to everyday noise stand more than once."""


def any_noise(rng: Generator, samples: int, sample_rate_hz: int) -> tuple[Signal, str]:
    """One of `NOISE_MAKERS`, drawn at random, and its name."""
    name, make = NOISE_MAKERS[int(rng.integers(len(NOISE_MAKERS)))]
    return make(rng, samples, sample_rate_hz), name


def speech_like(rng: Generator, samples: int, sample_rate_hz: int) -> Signal:
    """A voice without words: a gliding pulse train through moving resonances, in syllables with pauses.

    For tests and examples of the code; it has speech's modulation and harmonics, not its meaning.
    """
    from scipy.signal import lfilter  # half a second, and only who mixes needs it

    seconds = samples / sample_rate_hz
    points = max(3, int(seconds * 7) + 2)
    pitch = _along(rng.uniform(90.0, 240.0) * rng.uniform(0.85, 1.2, points), samples)
    count = _harmonic_count(sample_rate_hz, 290.0, 30)
    source = _periodic(np.cumsum(pitch / sample_rate_hz), np.ones(count), np.zeros(count)).astype(np.float64)
    source = source + 0.02 * rng.standard_normal(samples) * np.abs(source).max()
    voice = np.zeros(samples)
    edges = np.unique(
        np.linspace(0, samples, points, dtype=int)
    )  # no part is empty: lfilter forgets its state
    memory = [np.zeros(2), np.zeros(2), np.zeros(2)]
    for start, stop in pairwise(edges):
        part = source[start:stop]
        for index, (low, high) in enumerate(((300, 800), (900, 2200), (2300, 3200))):
            centre = 2 * np.pi * min(rng.uniform(low, high), 0.4 * sample_rate_hz) / sample_rate_hz
            radius = np.exp(-np.pi * rng.uniform(60, 140) / sample_rate_hz)
            poles = [1.0, -2 * radius * np.cos(centre), radius * radius]
            filtered, memory[index] = lfilter([1.0 - radius], poles, part, zi=memory[index])
            voice[start:stop] += filtered / (index + 1)
    loud = np.where(rng.random(points) < 0.35, 0.0, rng.uniform(0.3, 1.0, points))
    loud[int(rng.integers(points))] = 1.0
    return _normalise(voice * _along(loud, samples))
