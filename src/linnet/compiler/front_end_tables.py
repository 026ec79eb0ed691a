"""The front end's constants as the engine computes them, bit for bit. Mirror of circle.c, bands.c, rates.c and stft.c.

Every operation is a correctly rounded one of float64 in the order of the C code, so Python gives the same floats; a
microcontroller gets them as constants and needs no float64 at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linnet.compiler.rates import RatedSpec
from linnet.ir.program import FrontEndSpec

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.uint16]
LINE = 16  # floats of a line of 64 bytes; LN_FFT_GAP is as many


@dataclass(frozen=True)
class FrontEndTables:
    """cosine, sine, analysis and synthesis, each float32 [window]; steady_cosine and steady_sine [phase_bins].

    Of bands uint16 band_starts [bands + 1] and band_from [bands], float32 band_part [bands] and band_share [bins].
    """

    cosine: Floats
    sine: Floats
    analysis: Floats
    synthesis: Floats
    steady_cosine: Floats
    steady_sine: Floats
    band_starts: Places
    band_part: Floats
    band_from: Places
    band_share: Floats


def front_end_tables(front_end: RatedSpec) -> FrontEndTables:
    """The tables of one front end."""
    own = front_end.own
    analysis, synthesis = _windows(front_end)
    turned = [k * own.hop % own.window for k in range(own.phase_bins)]  # circle.c: ln_steady_turns
    steady = _circle(turned, own.window)
    return FrontEndTables(
        *_circle(range(front_end.window), front_end.window), analysis, synthesis, *steady, *_bands(own)
    )


def _circle(places: Sequence[int], size: int) -> tuple[Floats, Floats]:
    """circle.c: ln_circle. Cosines and sines."""
    circle = np.array([angle(k, size) for k in places]).reshape(-1, 2).astype(np.float32)
    return circle[:, 0], circle[:, 1]


def angle(k: int, size: int) -> tuple[float, float]:
    """circle.c: ln_angle. Cosine and sine of 2 pi k / size, k < size, by halving the quarter turn or by series."""
    quarter = size // 4
    c, s = (_from_series if size & (size - 1) else _from_halves)(k % quarter, quarter)
    for _ in range(k // quarter):
        c, s = 0.0 - s, c
    return c, s


def _from_series(k: int, quarter: int) -> tuple[float, float]:
    """circle.c: from_series."""
    near = quarter - k if 2 * k > quarter else k
    turned = 1.5707963267948966 * (near / quarter)
    square, c, s = turned * turned, 1.0, 1.0
    for i in range(20, 0, -2):
        c = 1.0 - square * c / (i * (i - 1))
        s = 1.0 - square * s / (i * (i + 1))
    s *= turned
    return (c, s) if near == k else (s, c)


def _from_halves(k: int, quarter: int) -> tuple[float, float]:
    """circle.c: from_halves."""
    c, s, part_c, part_s = 1.0, 0.0, 0.0, 1.0
    bit = quarter // 2
    while bit > 0:
        part_s = part_s / math.sqrt(2.0 * (1.0 + part_c))
        part_c = math.sqrt(0.5 * (1.0 + part_c))
        if k & bit:
            c, s = c * part_c - s * part_s, c * part_s + s * part_c
        bit //= 2
    return c, s


def _windows(spec: RatedSpec) -> tuple[Floats, Floats]:
    """circle.c: ln_front_end_windows."""
    kind, window, hop = spec.own.window_kind, spec.window, spec.hop
    overlaps = float(window // hop)
    square_sum = overlaps / 2 if kind == "sqrt_hann" else overlaps
    sines = [1.0 if kind == "rectangular" else angle(n, 2 * window)[1] for n in range(window)]
    synthesis = [sine / square_sum for sine in sines]
    if kind == "asymmetric":
        short = [angle(n, 4 * hop)[1] for n in range(2 * hop)]
        sines[window // 2 :] = [1.0] * (window // 2 - hop) + short[hop:]
        synthesis = [0.0] * (window - 2 * hop) + [sine * sine for sine in short[:hop]] + short[hop:]
    analysis = [sine / float(window) for sine in sines]
    return np.array(analysis).astype(np.float32), np.array(synthesis).astype(np.float32)


def _bands(spec: FrontEndSpec) -> tuple[Places, Floats, Places, Floats]:
    """bands.c: ln_band_tables."""
    ends = np.array([*spec.band_starts(), spec.bins])
    middles = ends[:-1] + ends[1:] - 1  # doubled
    begins = np.append((middles[:-1] + 1) // 2, spec.bins)  # of the bins between a middle and the next
    beyond = 2 * np.arange(spec.bins) - np.repeat(middles[:-1], np.diff(begins))
    apart = np.repeat(np.diff(middles), np.diff(begins))
    share = np.minimum(beyond.astype(np.float32) / apart.astype(np.float32), np.float32(1))
    part = np.float32(1) / np.diff(ends).astype(np.float32)
    return ends.astype(np.uint16), part, begins.astype(np.uint16), share


def front_end_floats(front_end: RatedSpec) -> int:
    """stft.c: ln_stft_bytes, in floats: what one stream remembers and works in."""
    own = front_end.own
    spectrum = _whole_lines(max(front_end.bins, own.bins))
    needs_gains = own.band_ratio > 0 or front_end.bins > own.bins
    of_bins = spectrum + LINE if needs_gains else 0
    work = 2 * front_end.window + 4 * LINE
    return 3 * _whole_lines(front_end.window) + 2 * (spectrum + _whole_lines(own.phase_bins)) + of_bins + work


def _whole_lines(floats: int) -> int:
    return -(-floats // LINE) * LINE
