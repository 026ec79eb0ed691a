"""How denoisers take the kinds of sound on which they fail: for each kind the figures that matter for it.

The sets are made by tasks/denoise/kinds.py. Figures, all in dB:

- `left_db`: what is left of noise without speech after the first second. -20 is a tenth of its amplitude.
- `gain_db`: SI-SNR improvement. `kept_db`: gain of the speech, by least squares; 0 keeps all of it.
- `lost_db`: SI-SNR improvement of the plain twin less that of the clip, both judged within the clip's band.
- `start_db`, `fricatives_db`: what is kept where speech begins (audio/onsets.py).

Ideal gains (`ideally`) say what a kind takes from every denoiser that has a gain for each bin: the gains know the clean
sound, as in the phase-sensitive mask of Erdogan et al. (ICASSP 2015).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.audio.files import AudioError, read_audio
from linnet.audio.metrics import si_snr
from linnet.audio.onsets import kept
from linnet.audio.stft import FrontEnd, istft, stft
from linnet.bench.cleaners import Cleaner
from linnet.tasks.denoise.dns_challenge import find_pairs
from linnet.tasks.denoise.kinds import LIST

Signal = NDArray[np.float32]
Clean = Callable[[Signal, Signal, int, tuple[float, float]], Signal]

SMALLEST_POWER = 1e-12
IDEAL = "ideal gains"
WINDOW_SECONDS = 0.032
GOALS = {"left_db": -20.0, "lost_db": 0.5}
"""Largest mean that is good enough; the other figures have none."""


@dataclass(frozen=True)
class KindClip:
    """One clip of a set of kinds."""

    file_id: int
    kind: str
    figures: tuple[str, ...]
    band_hz: tuple[float, float]
    twin: int
    noisy: Path
    clean: Path


@dataclass(frozen=True)
class Heard:
    """A clip, [samples] each, as a denoiser left it."""

    noisy: Signal
    clean: Signal
    cleaned: Signal
    rate_hz: int


@dataclass(frozen=True)
class KindRow:
    """A figure of one kind: of every clip that has it."""

    cleaner: str
    kind: str
    figure: str
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """NaN where no clip has it."""
        return float(np.mean(self.values)) if self.values else math.nan

    @property
    def is_good(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        goal = GOALS.get(self.figure)
        return None if goal is None or not self.values else self.mean <= goal


def read_kinds(root: Path) -> list[KindClip]:
    """Return the clips of a set that `linnet data kinds` wrote.

    Raises:
        AudioError: it is none.
    """
    if not (root / LIST).is_file():
        raise AudioError(
            f"{root} has no {LIST}, so it is no set of kinds; make one with linnet data kinds --out DIR."
        )
    pairs = {pair.file_id: pair for pair in find_pairs(root)}
    with open(root / LIST, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    clips = []
    for row in rows:
        number, band_hz = int(row["file_id"]), (float(row["low_hz"]), float(row["high_hz"]))
        pair, figures = pairs[number], tuple(row["figures"].split())
        clips.append(
            KindClip(number, row["kind"], figures, band_hz, int(row["twin"]), pair.noisy, pair.clean)
        )
    return clips


def judged(clips: Sequence[KindClip], cleaner: Cleaner) -> list[KindRow]:
    """Clean a set; return a row for each figure of each kind, in the order of the set.

    Raises:
        AudioError: a clip cannot be read.
        GuestFailed: the cleaner breaks.
    """
    return _judged(clips, cleaner.name, lambda noisy, _, rate_hz, __: cleaner.clean(noisy, rate_hz))


def judged_ideal(clips: Sequence[KindClip]) -> list[KindRow]:
    """The same rows by gains that know the clean sound.

    Raises:
        AudioError: a clip cannot be read, or has a sample rate without a window of 32 ms that is a power of two.
    """
    return _judged(clips, IDEAL, ideally)


def ideally(
    noisy: Signal, clean: Signal, rate_hz: int, band_hz: tuple[float, float] = (0.0, math.inf)
) -> Signal:
    """A noisy clip [samples] with each bin of windows of 32 ms times the gain, 0 to 1, that leaves the least error.

    The clean sound counts as loud as the noisy one holds it in a band, by least squares: a reference may be quieter.

    Raises:
        AudioError: the rate has no such window.
    """
    window = round(WINDOW_SECONDS * rate_hz)
    if window & (window - 1):
        raise AudioError(
            f"sound of {rate_hz} Hz has no window of 32 ms that is a power of two, so no ideal gains are known; "
            "make the set at 16000 Hz, or leave out --ideal."
        )
    front_end = FrontEnd(rate_hz, window, window // 2)
    heard, wanted = (within(each, rate_hz, band_hz).astype(np.float64) for each in (noisy, clean))
    held = float(heard @ wanted) / max(float(wanted @ wanted), SMALLEST_POWER**2)
    of_noisy, of_clean = (stft(each, front_end) for each in (noisy, np.float32(max(held, 0.0)) * clean))
    size = np.maximum(np.abs(of_noisy) ** 2, np.finfo(np.float32).tiny)
    gains = np.clip(np.real(of_clean * np.conj(of_noisy)) / size, 0, 1).astype(np.float32)
    return istft(gains * of_noisy, noisy.size, front_end)


def _judged(clips: Sequence[KindClip], name: str, clean: Clean) -> list[KindRow]:
    """What `clean` makes of the noisy sound, the clean one, their rate and band, by every figure of each kind."""
    heard = {clip.file_id: _heard(clip, clean) for clip in clips}
    found: dict[tuple[str, str], list[float]] = {}
    for clip in clips:
        for figure in clip.figures:
            values = FIGURES[figure](heard[clip.file_id], heard[clip.twin], clip.band_hz)
            found.setdefault((clip.kind, figure), []).extend(values)
    return [KindRow(name, kind, figure, tuple(values)) for (kind, figure), values in found.items()]


def _heard(clip: KindClip, clean: Clean) -> Heard:
    (both, rate_hz), (reference, _) = read_audio(clip.noisy), read_audio(clip.clean)
    noisy, wanted = both[:, 0], reference[:, 0]
    return Heard(noisy, wanted, clean(noisy, wanted, rate_hz, clip.band_hz), rate_hz)


def _left(heard: Heard, twin: Heard, band_hz: tuple[float, float]) -> Iterable[float]:
    before, after = (float(np.mean(each[heard.rate_hz :] ** 2)) for each in (heard.noisy, heard.cleaned))
    if before > SMALLEST_POWER:  # a recording may be silent there
        yield 10 * math.log10(max(after, SMALLEST_POWER) / before)


def _gain(heard: Heard, twin: Heard, band_hz: tuple[float, float]) -> Iterable[float]:
    noisy, clean, cleaned = (
        within(each, heard.rate_hz, band_hz) for each in (heard.noisy, heard.clean, heard.cleaned)
    )
    yield float(si_snr(clean, cleaned)) - float(si_snr(clean, noisy))


def _lost(heard: Heard, twin: Heard, band_hz: tuple[float, float]) -> Iterable[float]:
    (own,), (other,) = _gain(heard, twin, band_hz), _gain(twin, twin, band_hz)
    yield other - own


def _kept(heard: Heard, twin: Heard, band_hz: tuple[float, float]) -> Iterable[float]:
    clean = heard.clean.astype(np.float64)
    of_noisy, of_cleaned = (float(clean @ each) for each in (heard.noisy, heard.cleaned))
    if of_noisy > 0 and of_cleaned > 0:
        yield 20 * math.log10(of_cleaned / of_noisy)


def _onset(heard: Heard, twin: Heard, band_hz: tuple[float, float], *, start: bool) -> Iterable[float]:
    found = kept(heard.clean, heard.cleaned, heard.rate_hz)
    if not start:
        return found.fricatives_db
    return () if found.start_db is None else (found.start_db,)


FIGURES: dict[str, Callable[[Heard, Heard, tuple[float, float]], Iterable[float]]] = {
    "left_db": _left,
    "gain_db": _gain,
    "lost_db": _lost,
    "kept_db": _kept,
    "start_db": partial(_onset, start=True),
    "fricatives_db": partial(_onset, start=False),
}


def within(signal: Signal, rate_hz: int, band_hz: tuple[float, float]) -> Signal:
    """`signal` [samples] without what lies outside a band, and without shift in time."""
    spectrum = np.fft.rfft(signal)
    hz = np.fft.rfftfreq(signal.size, 1 / rate_hz)
    spectrum[(hz < band_hz[0]) | (hz > band_hz[1])] = 0
    return np.fft.irfft(spectrum, signal.size).astype(np.float32)
