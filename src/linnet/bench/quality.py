"""How well denoisers clean one set: every figure of every clip, and means over all, by kind of noise and by ratio.

A set is a folder in the layout of tasks/denoise/dns_challenge.py, or mixtures drawn by a seed. The figures are those of
audio/metrics.py; one whose package is missing is left out, one that a clip does not have is NaN.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.audio import metrics
from linnet.audio.files import AudioError, read_audio
from linnet.bench.cleaners import Cleaner
from linnet.tasks.denoise.dns_challenge import INDEX, find_pairs
from linnet.tasks.denoise.mixtures import MixtureDataset

Signal = NDArray[np.float32]
Figures = dict[str, float]

RATIO_EDGES_DB = (-math.inf, 0.0, 5.0, 10.0, 15.0, math.inf)


@dataclass(frozen=True)
class Sounds:
    """A noisy recording and its clean reference, float32 [samples] each."""

    noisy: Signal
    clean: Signal
    rate_hz: int


@dataclass(frozen=True)
class SetClip:
    """One clip of a set, read or mixed when it is asked for. `snr_db` is None where it is not known."""

    name: str
    kind: str
    snr_db: float | None
    sounds: Callable[[], Sounds]

    @property
    def ratio(self) -> str:
        """The span of ratios it falls in."""
        return "not known" if self.snr_db is None else ratio_text(self.snr_db)


@dataclass(frozen=True)
class Row:
    """What one denoiser made of one clip."""

    cleaner: str
    clip: str
    kind: str
    ratio: str
    figures: Figures


Measure = Callable[[Sounds, Signal], Figures]


def ratio_text(snr_db: float) -> str:
    """Return the span of ratios in words."""
    for low, high in pairwise(RATIO_EDGES_DB):
        if low <= snr_db < high:
            break
    if low == -math.inf:
        return f"below {high:g} dB"
    return f"from {low:g} dB" if high == math.inf else f"{low:g} to {high:g} dB"


def clips_of_folder(folder: Path) -> list[SetClip]:
    """Return the clips of a set on disk. Its mixtures.csv, where there is one, says what was mixed.

    Raises:
        AudioError: the folder is no set.
    """
    listed: dict[int, dict[str, str]] = {}
    if (folder / INDEX).is_file():
        with open(folder / INDEX, encoding="utf-8", newline="") as file:
            listed = {int(row["file_id"]): row for row in csv.DictReader(file)}
    clips = []
    for pair in find_pairs(folder):
        entry = listed.get(pair.file_id, {})
        ratio = float(entry["snr_db"]) if entry.get("snr_db") else pair.snr_db
        sounds = _FiledSounds(pair.noisy, pair.clean)
        clips.append(SetClip(pair.noisy.stem, kind_of(entry.get("contents", "")), ratio, sounds))
    return clips


@dataclass(frozen=True)
class _FiledSounds:
    noisy: Path
    clean: Path

    def __call__(self) -> Sounds:
        (noisy, rate_hz), (clean, other_hz) = read_audio(self.noisy), read_audio(self.clean)
        if rate_hz != other_hz or noisy.shape != clean.shape:
            raise AudioError(
                f"{self.noisy} and {self.clean} differ in rate or shape, so they cannot be compared; "
                "give both the same."
            )
        return Sounds(noisy[:, 0], clean[:, 0], rate_hz)


def clips_of_mixtures(dataset: MixtureDataset, clips: int) -> list[SetClip]:
    """Return the first mixtures of a dataset."""
    found = []
    for number in range(clips):
        clip = dataset.clip(number)
        sounds = _MixedSounds(dataset, number)
        found.append(SetClip(f"fileid_{number}", kind_of(clip.contents), clip.snr_db, sounds))
    return found


@dataclass(frozen=True)
class _MixedSounds:
    dataset: MixtureDataset
    number: int

    def __call__(self) -> Sounds:
        clip = self.dataset.clip(self.number)
        return Sounds(clip.noisy, clip.clean, self.dataset.sources.sample_rate_hz)


def kind_of(contents: str) -> str:
    """Return the kind of the first noise among names of what was mixed; numbers at its end are those of recordings."""
    parts = contents.split("+")
    return re.sub(r"([_-]?\d+)+$", "", parts[1]) or parts[1] if len(parts) > 1 else "not known"


def installed_measures() -> tuple[list[Measure], list[str]]:
    """Return the measures whose packages are installed, and a line about each that is missing."""
    found: list[Measure] = [_ratios]
    missing = []
    for package, measure in (("pesq", _pesq), ("pystoi", _stoi)):
        if find_spec(package) is None:
            missing.append(f"{measure.__name__[1:].upper()}: pip install {package}")
        else:
            found.append(measure)
    try:
        found.append(_Listener(metrics.Dnsmos.packaged()))
    except metrics.MissingExtraError:
        missing.append("DNSMOS: pip install speechmos onnxruntime")
    return found, missing


def _ratios(sounds: Sounds, heard: Signal) -> Figures:
    before, after = (float(metrics.si_snr(sounds.clean, each)) for each in (sounds.noisy, heard))
    return {"si_snr_db": after, "si_snr_improvement_db": after - before}


def _pesq(sounds: Sounds, heard: Signal) -> Figures:
    return {"pesq": _or_nan(lambda: metrics.pesq(sounds.clean, heard, sounds.rate_hz))}


def _stoi(sounds: Sounds, heard: Signal) -> Figures:
    return {"stoi": _or_nan(lambda: metrics.stoi(sounds.clean, heard, sounds.rate_hz))}


@dataclass(frozen=True)
class _Listener:
    network: Callable[[Signal, int], metrics.DnsmosScore]

    def __call__(self, sounds: Sounds, heard: Signal) -> Figures:
        score = self.network(heard, sounds.rate_hz)
        return {"dnsmos_ovrl": score.overall, "dnsmos_sig": score.signal, "dnsmos_bak": score.background}


def _or_nan(measure: Callable[[], float]) -> float:
    try:
        return measure()
    except metrics.MetricError:
        return math.nan


def measured(
    clips: Iterable[SetClip], cleaners: Sequence[Cleaner], measures: Sequence[Measure]
) -> Iterator[Row]:
    """Clean every clip by every cleaner; yield what was measured.

    Raises:
        AudioError, MetricError: a clip cannot be used.
        GuestFailed: a cleaner of another make breaks.
    """
    for clip in clips:
        sounds = clip.sounds()
        for cleaner in cleaners:
            heard = cleaner.clean(sounds.noisy, sounds.rate_hz)
            figures: Figures = {}
            for measure in measures:
                figures |= measure(sounds, heard)
            yield Row(cleaner.name, clip.name, clip.kind, clip.ratio, figures)


def of_references(clips: Iterable[SetClip], measures: Sequence[Measure]) -> Iterator[Figures]:
    """Judge the clean references by what needs none; for each clip, yield the figures, none where all measures compare.

    A denoiser that leaves exactly the speech has these figures, so a higher one says that more went than the noise.
    """
    alone = [measure for measure in measures if isinstance(measure, _Listener)]
    for clip in clips:
        sounds = clip.sounds() if alone else None
        figures: Figures = {}
        for measure in alone:
            assert sounds is not None
            figures |= measure(sounds, sounds.clean)
        yield figures


def means(rows: Sequence[Row]) -> Figures:
    """Return the mean of every figure over the rows that have it; NaN where none has."""
    return means_of([row.figures for row in rows])


def means_of(found: Sequence[Figures]) -> Figures:
    """Return the mean of every figure over those that have it; NaN where none has."""
    names = dict.fromkeys(name for figures in found for name in figures)
    values = {
        name: [figures[name] for figures in found if not math.isnan(figures.get(name, math.nan))]
        for name in names
    }
    return {name: float(np.mean(each)) if each else math.nan for name, each in values.items()}


def grouped(rows: Sequence[Row], of: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Return the rows by what `of` says of each: spans of ratios from low to high, other words by the alphabet."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(of(row), []).append(row)
    spans = [ratio_text(low) for low in RATIO_EDGES_DB[:-1]]
    places = {span: place for place, span in enumerate(spans)}
    return dict(sorted(groups.items(), key=lambda group: (places.get(group[0], len(spans)), group[0])))
