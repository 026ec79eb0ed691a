"""Delay between two recordings of the same sound, by the peak of their cross-correlation."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Signal = NDArray[np.float32]


def lag_of(reference: Signal, heard: Signal, *, most: int) -> int:
    """How many samples `heard` [m] comes after `reference` [n], from -most to most; 0 where one of them is silent."""
    size = fft.next_fast_len(len(reference) + len(heard), real=True)
    spectrum = fft.rfft(heard, size) * np.conj(fft.rfft(reference, size))
    products = fft.irfft(spectrum, size)
    near = np.concatenate((products[size - most :], products[: most + 1]))
    return int(np.argmax(near)) - most if np.any(near) else 0


def shifted(heard: Signal, lag: int, samples: int) -> Signal:
    """`heard` [m] earlier by `lag` samples (later where it is negative), as float32 [samples]; silence at the ends."""
    earlier = heard[lag:] if lag >= 0 else np.pad(heard, (-lag, 0))
    cut = earlier[:samples]
    return np.pad(cut, (0, samples - cut.size)).astype(np.float32, copy=False)
