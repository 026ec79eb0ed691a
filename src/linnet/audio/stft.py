"""Sound to spectral features and back: a whole clip at once, and the same frame by frame.

The functions take NumPy or JAX arrays and answer in kind. The engine's `stft.c` mirrors this file; it agrees
within float32 rounding, not bit for bit, because each FFT has its own order of operations. What the features are
fed to is the business of nn/ and runtime/.
"""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.audio.bands import band_starts, merged, spread
from linnet.audio.phases import advance, turned, turns_per_hop
from linnet.audio.running_mean import bounded, check_bounds, check_means, step_of
from linnet.audio.sums import lane_sum
from linnet.audio.windows import WindowKind, check_window_kind, synthesis_length, windows

Array = Any
"""A NumPy or a JAX array; shapes are given in each docstring."""


@dataclass(frozen=True)
class FrontEnd:
    """What turns samples into features; the same values stand in every model file.

    `compression_roots` square roots are taken of the magnitude (2 gives magnitude ** 0.25): a correctly rounded
    square root is the one function of its kind that every IEEE machine computes to the same bit.
    With `level_time_constant_ms` > 0 the features are divided by a running mean of themselves, so that a model
    hears a quiet recording as it hears a loud one; `level_initial` is where that mean starts and `level_floor`
    (both in feature units) keeps silence from being amplified. It is never less than `level_least` of the mean of a
    frame's sizes, nor more than `level_most` times it, so it follows at once from quiet to loud; 0 is no bound.
    Of the lowest `phase_bins` a model is shown, too, how their phases advance, and may turn them (phases.py). With
    `band_ratio` > 0 it is shown bands, each 1 / band_ratio as wide as its frequency (bands.py), and answers for each.
    With `offset_time_constant_ms` > 0 the running mean of the samples is taken off them first (offset.py).
    The kinds of windows are those of windows.py; with an "asymmetric" one sound is late by one hop only.
    """

    sample_rate_hz: int = 16000
    window: int = 512
    hop: int = 128
    window_kind: WindowKind = "sqrt_hann"
    compression_roots: int = 2
    level_time_constant_ms: float = 0.0
    level_initial: float = 0.1
    level_floor: float = 0.03
    level_least: float = 0.0
    level_most: float = 0.0
    phase_bins: int = 0
    band_ratio: int = 0
    offset_time_constant_ms: float = 0.0

    def __post_init__(self) -> None:
        self._check_window()
        check_means(
            self.level_floor,
            level_time_constant_ms=self.level_time_constant_ms,
            level_initial=self.level_initial,
            offset_time_constant_ms=self.offset_time_constant_ms,
        )
        check_bounds(self.level_least, self.level_most, follows=self.level_time_constant_ms > 0)
        if self.hop < 1 or self.window % self.hop or self.window < 2 * self.hop:
            divisors = [d for d in range(1, self.window // 2 + 1) if self.window % d == 0]
            raise ValueError(
                f"hop={self.hop} does not divide window={self.window} at least twice, so overlap-add cannot "
                f"rebuild the signal; choose one of {divisors}."
            )
        check_window_kind(self.window_kind, self.window, self.hop)
        if not 0 <= self.compression_roots <= 3:
            raise ValueError(
                f"compression_roots={self.compression_roots} is outside 0..3; 2 gives magnitude ** 0.25."
            )
        if not 0 <= self.phase_bins <= self.bins:
            raise ValueError(
                f"phase_bins={self.phase_bins} is not 0 to the {self.bins} bins of window={self.window}; 64 are usual."
            )
        if not (self.band_ratio == 0 or 2 <= self.band_ratio < self.bins):
            raise ValueError(
                f"band_ratio={self.band_ratio} makes no bands of {self.bins} bins; give 0 for none, or 2 to "
                f"{self.bins - 1}; 16 is usual."
            )

    def _check_window(self) -> None:
        if self.window < 16 or self.window & (self.window - 1):
            raise ValueError(f"window={self.window} is not a power of two of at least 16; choose e.g. 512.")

    @property
    def bins(self) -> int:
        """Frequency bins of one frame, from 0 Hz to half the sample rate."""
        return self.window // 2 + 1

    @property
    def feature_count(self) -> int:
        """Features of one frame: a size per band, and two of the phase for each of the lowest bins."""
        return len(self.band_starts()) + 2 * self.phase_bins

    @property
    def gain_count(self) -> int:
        """What a model answers per frame: a gain per band, and a turn for each of the lowest bins."""
        return len(self.band_starts()) + self.phase_bins

    def band_starts(self) -> NDArray[np.int64]:
        """The first bin of every band: [bands]; without bands every bin."""
        return band_starts(self.bins, self.band_ratio)

    def completed(self, compressed: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compressed magnitudes of every bin that a model knows: [..., bins]. At its own rate none is missing."""
        return compressed

    @property
    def overlaps(self) -> int:
        """Windows that cover any one sample."""
        return self.window // self.hop

    @property
    def synthesis_length(self) -> int:
        """How many samples at the end of a window come out; what stands before them was only listened to."""
        return synthesis_length(self.window_kind, self.window, self.hop)

    @property
    def delay_samples(self) -> int:
        """By how many samples the streamed output lags its input."""
        return self.synthesis_length - self.hop

    @property
    def level_alpha(self) -> np.float32:
        """Step of the running level per frame; 0 where the level is off."""
        return self._step(self.level_time_constant_ms)

    @property
    def offset_alpha(self) -> np.float32:
        """Step of the running mean of samples per frame; 0 where the offset stays."""
        return self._step(self.offset_time_constant_ms)

    def _step(self, time_constant_ms: float) -> np.float32:
        return step_of(time_constant_ms, 1000 * self.hop / self.sample_rate_hz)

    def analysis_window(self) -> NDArray[np.float32]:
        """The window before the FFT, scaled by 1 / window so that a full-scale sine reads about 1/2: [window]."""
        return (windows(self.window_kind, self.window, self.hop)[0] / self.window).astype(np.float32)

    def synthesis_window(self) -> NDArray[np.float32]:
        """The window after the inverse FFT, scaled so that overlap-add at gain 1 rebuilds the signal: [window]."""
        analysis, synthesis = windows(self.window_kind, self.window, self.hop)
        overlap_sum = np.sum((analysis * synthesis).reshape(self.overlaps, self.hop), axis=0)
        return (synthesis * self.window / np.tile(overlap_sum, self.overlaps)).astype(np.float32)


def frame_count(samples: int, front_end: FrontEnd) -> int:
    """Frames that touch a clip of `samples` samples; the first holds one hop of it, the last at least one sample."""
    return -(-(samples + front_end.delay_samples) // front_end.hop)


def stft(clip: Array, front_end: FrontEnd) -> Array:
    """Spectra of a whole clip: float32 [..., samples] to complex64 [..., frames, bins].

    Frame t covers the samples from t * hop - (window - hop) up to t * hop + hop; what lies outside the clip is zero.
    """
    xp = _namespace(clip)
    samples, lead = clip.shape[-1], front_end.window - front_end.hop
    frames = frame_count(samples, front_end)
    tail = frames * front_end.hop - samples
    padded = xp.pad(clip, [(0, 0)] * (clip.ndim - 1) + [(lead, tail)])
    hops = padded.reshape(*clip.shape[:-1], -1, front_end.hop)
    windows = xp.concat([hops[..., k : k + frames, :] for k in range(front_end.overlaps)], axis=-1)
    return xp.fft.rfft(windows * xp.asarray(front_end.analysis_window()))


def istft(spectra: Array, samples: int, front_end: FrontEnd) -> Array:
    """The clip whose `stft` is `spectra`: complex64 [..., frames, bins] to float32 [..., samples]."""
    xp = _namespace(spectra)
    overlaps, hop = front_end.overlaps, front_end.hop
    windows = xp.fft.irfft(spectra, n=front_end.window) * xp.asarray(front_end.synthesis_window())
    parts = windows.reshape(*windows.shape[:-1], overlaps, hop)
    unpadded = [(0, 0)] * (spectra.ndim - 2)
    hops = sum(xp.pad(parts[..., k, :], [*unpadded, (k, overlaps - 1 - k), (0, 0)]) for k in range(overlaps))
    joined = hops.reshape(*spectra.shape[:-2], -1)
    lead = front_end.window - hop
    return joined[..., lead : lead + samples]


def magnitude(spectra: Array) -> Array:
    """|X| as float32, one square root of re * re + im * im: complex [...] to float32 [...]."""
    xp = _namespace(spectra)
    re, im = xp.real(spectra), xp.imag(spectra)
    return xp.sqrt(re * re + im * im)


def compress(magnitudes: Array, front_end: FrontEnd) -> Array:
    """magnitude ** (1 / 2 ** compression_roots), by square roots alone: same shape."""
    xp = _namespace(magnitudes)
    for _ in range(front_end.compression_roots):
        magnitudes = xp.sqrt(magnitudes)
    return magnitudes


def mean_over_bins(compressed: Array) -> Array:
    """Mean over the last axis in the order that the engine sums: eight interleaved lanes, then the bins left over.

    float32 [..., bins] to float32 [...].
    """
    total = lane_sum(compressed)
    return total * _namespace(compressed).asarray(1.0 / compressed.shape[-1], dtype=total.dtype)


def level_step(level: Array, mean: Array, front_end: FrontEnd) -> Array:
    """The running level after one more frame whose bins have this mean: level += alpha * (mean - level), within bounds.

    Where the mean is 0, in digital silence, the level stays.
    """
    moved = level + front_end.level_alpha * (mean - level)
    moved = bounded(moved, mean, front_end.level_least, front_end.level_most)
    return _namespace(mean).where(mean == 0, level, moved)


def normalize_by_level(compressed: Array, level: Array, front_end: FrontEnd) -> Array:
    """Features [..., bins] over their running level [...], never over less than the floor."""
    xp = _namespace(compressed)
    floor = xp.asarray(front_end.level_floor, dtype=compressed.dtype)
    return compressed / xp.maximum(level, floor)[..., None]


def features(spectra: NDArray[np.complex64], front_end: FrontEnd) -> NDArray[np.float32]:
    """What a model is shown of a whole clip (NumPy): complex64 [..., frames, bins] to float32 [..., features]."""
    sizes = _sizes(spectra, front_end)
    sizes, re, im = (np.moveaxis(each, -2, 0) for each in (sizes, spectra.real, spectra.imag))
    return np.moveaxis(shown(sizes, re, im, front_end), 0, -2)


def shown(sizes: Array, re: Array, im: Array, front_end: FrontEnd) -> Array:
    """Features of the sizes and the spectrum of every bin: float32 [frames, ..., bins] to [frames, ..., features].

    The sizes of bands come first, then cosines and then sines of the lowest bins' phases, as large as their bins.
    """
    parts = [merged(sizes, front_end.band_starts())]
    if front_end.phase_bins:
        turns = turns_per_hop(front_end.phase_bins, front_end.window, front_end.hop)
        low = sizes[..., : front_end.phase_bins]
        parts += [low * each for each in advance(re, im, turns)]
    return _namespace(sizes).concat(parts, axis=-1)


def _sizes(spectra: NDArray[np.complex64], front_end: FrontEnd) -> NDArray[np.float32]:
    """The compressed magnitudes over their running level: one per bin."""
    compressed = front_end.completed(compress(magnitude(spectra), front_end).astype(np.float32))
    if front_end.level_alpha == 0:
        return compressed
    means = mean_over_bins(compressed)
    level = np.full(means.shape[:-1], front_end.level_initial, np.float32)
    levels = np.empty_like(means)
    for t in range(means.shape[-1]):
        level = level_step(level, means[..., t], front_end)
        levels[..., t] = level
    return normalize_by_level(compressed, levels, front_end)


def cleaned(
    spectra: NDArray[np.complex64], gains: NDArray[np.float32], front_end: FrontEnd
) -> NDArray[np.complex64]:
    """What a model's answers make of spectra (NumPy): complex64 [..., bins], float32 [..., gains] to spectra."""
    of_bins, turns = of_every_bin(gains, front_end)
    re, im = turned(spectra.real, spectra.imag, turns)
    return ((re + 1j * im) * of_bins).astype(np.complex64)


def of_every_bin(gains: Array, front_end: FrontEnd) -> tuple[Array, Array]:
    """What a model answers, float32 [..., gains], as a gain for every bin [..., bins] and turns [..., phase_bins]."""
    starts = front_end.band_starts()
    return spread(gains[..., : len(starts)], starts, front_end.bins), gains[..., len(starts) :]


def analysis_step(
    history: NDArray[np.float32], hop_samples: NDArray[np.float32], front_end: FrontEnd
) -> tuple[NDArray[np.float32], NDArray[np.complex64]]:
    """One hop in, one spectrum out: history [window - hop] and samples [hop] to the next history and complex64 [bins].

    Starts from a history of zeros; frame for frame this is `stft`.
    """
    window = np.concatenate([history, hop_samples])
    spectrum: NDArray[np.complex64] = np.fft.rfft(window * front_end.analysis_window())  # type: ignore[assignment]
    return window[front_end.hop :], spectrum


def synthesis_step(
    overlap: NDArray[np.float32], spectrum: NDArray[np.complex64], front_end: FrontEnd
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One spectrum in, one hop out: overlap [delay_samples] and complex64 [bins] to the next overlap and samples [hop].

    The output lags the input by `delay_samples`; starts from an overlap of zeros.
    """
    samples: NDArray[np.float32] = np.fft.irfft(spectrum, n=front_end.window)  # type: ignore[assignment]
    window = (samples * front_end.synthesis_window())[-front_end.synthesis_length :]
    window[: front_end.delay_samples] += overlap
    return window[front_end.hop :], window[: front_end.hop]


def _namespace(array: Array) -> ModuleType:
    return array.__array_namespace__()
