"""Phases of a spectrum's lowest bins: how they advance from frame to frame, and how a model's answers turn them.

NumPy or JAX arrays come, and answers are of that kind; real and imaginary parts come apart.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = Any

SILENT_SQUARE = 1e-9  # of a spectrum, -90 dB: bins far below it have no phase


def turns_per_hop(phase_bins: int, window: int, hop: int) -> NDArray[np.float32]:
    """Cosines and sines of the phase that a tone in the middle of each of the lowest bins turns by: [2, phase_bins]."""
    angles = 2 * np.pi * (np.arange(phase_bins) * hop % window) / window
    return np.stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def advance(re: Array, im: Array, turns: NDArray[np.float32]) -> tuple[Array, Array]:
    """Cosine and sine of how much further the phases of the lowest bins moved than a tone in the middle of each would.

    re and im float32 [frames, ..., bins], time first, from the start of a stream, and `turns_per_hop`; answers two of
    [frames, ..., phase_bins]. Both fade to 0 in silence, and are 0 in the first frame, before which there is nothing.
    The advance per hop is how far a tone lies from the middle of its bin (Flanagan and Golden, "Phase vocoder", 1966).
    """
    xp, low = re.__array_namespace__(), turns.shape[1]
    re, im = re[..., :low], im[..., :low]
    start = xp.zeros_like(re[:1])
    re_before, im_before = xp.concat([start, re[:-1]]), xp.concat([start, im[:-1]])
    cosines, sines = (xp.asarray(table) for table in turns)
    re, im = re * re_before + im * im_before, im * re_before - re * im_before
    re, im = re * cosines + im * sines, im * cosines - re * sines
    size = xp.sqrt(re * re + im * im) + np.float32(SILENT_SQUARE)
    return re / size, im / size


def turned(re: Array, im: Array, turns: Array) -> tuple[Array, Array]:
    """The spectra with the phase of their lowest bins changed: X (1 + i t) with t = 2 turns - 1 in (-1, 1).

    re and im float32 [..., bins], turns [..., phase_bins] in (0, 1); by up to 45 degrees, and as much longer as
    1 / cos of that.
    """
    xp, low = re.__array_namespace__(), turns.shape[-1]
    tangents = 2 * turns - 1
    re_low, im_low = re[..., :low], im[..., :low]
    re_turned, im_turned = re_low - tangents * im_low, im_low + tangents * re_low
    return xp.concat([re_turned, re[..., low:]], axis=-1), xp.concat([im_turned, im[..., low:]], axis=-1)
