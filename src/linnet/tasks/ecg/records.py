"""Recordings of hearts as examples: pieces of so many beats, drawn for training, each beat once where it is scored.

A folder holds records.csv (columns record, path, split), beats.csv (record, sample, aami) and recordings of RATE_HZ,
whose step is 10 microvolts, as 16-bit sound. Batch `i` is a pure function of (seed, i).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from linnet.audio.files import AudioError, read_audio
from linnet.tasks.contract import WHOLE, Counted, Share, counted_alike, refuse_odd_shares_and_ranges
from linnet.tasks.ecg.beats import FEATURES, RATE_HZ, Values, shown_of

CLASSES = ("N", "S", "V", "F")
"""Of the AAMI: normal, supraventricular, ventricular, a fusion of the two. Others are not learned and not scored."""
SCORED = ("N", "S", "V")
"""Fusions are too few, and of too few patients, to choose a model by."""
NONE = -1
"""The label of a beat of another class, and of no beat."""
RECORDS, BEATS = "records.csv", "beats.csv"
MILLIVOLTS = 327.68
"""Of full scale: 32768 steps of 10 microvolts."""
MOST_BEATS = 4096

Chosen = TypeVar("Chosen")


class Record(NamedTuple):
    """A recording: its name, what the network is shown of every beat [beats, FEATURES], and their labels [beats]."""

    name: str
    shown: Values
    labels: npt.NDArray[np.int32]


class Batch(NamedTuple):
    """`shown` float32 [pieces, beats, FEATURES]; `label` int32 and `weight` float32 [pieces, beats], 0 of none."""

    shown: Values
    label: npt.NDArray[np.int32]
    weight: Values


@dataclass(frozen=True)
class PieceSettings:
    """How pieces are cut and, for training, changed. Probabilities lie in 0..1."""

    batch: int = 32
    beats: int = 256
    """Beats of a piece of training."""
    scored_beats: int = 1024
    """Beats of a piece where it is scored: longer, for a stream does not end."""
    warm_up: int = 16
    """Beats at the beginning of a piece that do not count, since the network begins at rest."""
    rare_probability: float = 0.5
    """Share of the pieces of training that are drawn around a beat of a rare class, each class as often."""
    noise: float = 0.05
    """Standard deviation of what is added to every number that the network is shown."""
    gain: float = 0.1
    """Standard deviation of what the numbers of a piece are multiplied with, around 1, each with its own."""

    def __post_init__(self) -> None:
        lengths = self.beats, self.scored_beats
        if self.batch < 1 or not 0 <= self.warm_up < min(lengths) <= max(lengths) <= MOST_BEATS:
            raise ValueError(
                f"batch={self.batch}, beats={self.beats}, scored_beats={self.scored_beats} and warm_up={self.warm_up} "
                f"make no batch; choose a batch of 1 or more, up to {MOST_BEATS} beats, and fewer of them to warm up."
            )
        if not (0 <= self.noise <= 1 and 0 <= self.gain <= 1):
            raise ValueError(
                f"noise={self.noise} or gain={self.gain} hides the beat; choose 0 to 1 for both."
            )
        refuse_odd_shares_and_ranges(self)


def read_records(root: Path, split: str) -> tuple[Record, ...]:
    """The recordings of a split, in the order of records.csv.

    Raises:
        AudioError: a list or a recording is missing, damaged or contradicts another, or the split has none.
    """
    found = [row for row in list_records(root) if row["split"] == split]
    if not found:
        raise AudioError(
            f"{root / RECORDS} has no record in split {split!r}, so there is nothing to learn or score; correct the "
            "list."
        )
    beats: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows(root / BEATS, {"record", "sample", "aami"}):
        beats[row["record"]].append(row)
    return tuple(_record(root, row, beats[row["record"]]) for row in found)


def list_records(root: Path) -> list[dict[str, str]]:
    """The rows of records.csv.

    Raises:
        AudioError: there is none, or a column is missing.
    """
    return _rows(root / RECORDS, {"record", "path", "split"})


def _rows(path: Path, columns: set[str]) -> list[dict[str, str]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise AudioError(
            f"{path} cannot be read ({error}), so no heartbeats are known; name a folder that has it."
        ) from error
    if not rows or not rows[0].keys() >= columns:
        raise AudioError(
            f"{path} lacks rows or one of the columns {', '.join(sorted(columns))}, so heartbeats are unknown; give it "
            "a first line with these."
        )
    return rows


def _record(root: Path, row: dict[str, str], beats: list[dict[str, str]]) -> Record:
    """A recording and its beats, refused where they do not fit."""
    path = root / row["path"]
    samples, rate_hz = read_audio(path, lowest_rate_hz=RATE_HZ)
    try:
        peaks = np.array([int(beat["sample"]) for beat in beats], np.int64)
    except (TypeError, ValueError) as error:
        raise AudioError(
            f"{root / BEATS} has a beat of record {row['record']} whose sample is no number ({error}); correct it."
        ) from error
    if (
        rate_hz != RATE_HZ
        or not peaks.size
        or np.any(np.diff(peaks, prepend=-1) <= 0)
        or peaks[-1] >= len(samples)
    ):
        raise AudioError(
            f"{path} has {rate_hz} samples a second, {len(samples)} in all, and {peaks.size} beats in {BEATS}, which "
            f"do not fit; give {RATE_HZ} a second, and beats inside it in rising order."
        )
    labels = [CLASSES.index(beat["aami"]) if beat["aami"] in CLASSES else NONE for beat in beats]
    shown = shown_of(samples[:, 0] * np.float32(MILLIVOLTS), peaks)
    return Record(row["record"], shown, np.array(labels, np.int32))


@dataclass(frozen=True)
class Drawn:
    """Training's endless pieces: of every record as often, or around a rare beat; changed a little."""

    records: tuple[Record, ...]
    settings: PieceSettings
    class_weights: tuple[float, ...]
    seed: int = 0
    share: Share = WHOLE

    def batch(self, index: int) -> Batch:
        """Pieces index*batch and on, of those our share."""
        first = index * self.settings.batch
        return _stacked([self._piece(first + row) for row in self.share.rows(self.settings.batch)])

    def _piece(self, number: int) -> Batch:
        settings, rng = self.settings, np.random.default_rng([self.seed, number])
        record, start = self._place(rng)
        piece = _cut(record, start, settings.beats)
        shown = piece.shown + settings.noise * rng.standard_normal(piece.shown.shape)
        shown *= 1 + settings.gain * rng.standard_normal(FEATURES)
        weight = _weights(piece.label, self.class_weights)
        weight[: settings.warm_up] = 0
        return Batch(shown.astype(np.float32), piece.label, weight)

    def _place(self, rng: np.random.Generator) -> tuple[Record, int]:
        """A record, and a beat of it where a piece begins."""
        rare = [label for label in range(1, len(CLASSES)) if self._with(label)]
        if rare and rng.random() < self.settings.rare_probability:
            label = rare[int(rng.integers(len(rare)))]
            record = _one_of(rng, self._with(label))
            after = int(rng.integers(self.settings.beats - self.settings.warm_up)) + self.settings.warm_up
            start = _one_of(rng, np.flatnonzero(record.labels == label).tolist()) - after
        else:
            record = _one_of(rng, self.records)
            start = int(rng.integers(len(record.labels)))
        return record, min(max(start, 0), max(0, len(record.labels) - self.settings.beats))

    def _with(self, label: int) -> list[Record]:
        return [record for record in self.records if np.any(record.labels == label)]


@dataclass(frozen=True)
class Cut:
    """Every beat of a split once, in pieces that begin with beats which do not count, in an order drawn once.

    Weights are such that the sum over the right beats of a piece, averaged over all pieces, is the mean sensitivity of
    the classes in SCORED. Empty pieces fill the last batch; behind it the first comes again.
    """

    records: tuple[Record, ...]
    settings: PieceSettings
    size: int
    share: Share = WHOLE

    @property
    def places(self) -> list[tuple[int, int]]:
        """The record and the first beat of every piece; an empty one begins behind its record."""
        step = self.settings.scored_beats - self.settings.warm_up
        places = [
            (i, start)
            for i, record in enumerate(self.records)
            for start in range(0, max(1, len(record.labels) - self.settings.warm_up), step)
        ]
        np.random.default_rng(0).shuffle(places)
        return places + [(0, len(self.records[0].labels))] * (-len(places) % self.size)

    def batch(self, index: int) -> Batch:
        """Pieces index*size and on, of those our share."""
        places = self.places
        labels = np.concatenate([record.labels for record in self.records])
        counts = [int(np.sum(labels == CLASSES.index(name))) for name in SCORED]
        present = sum(count > 0 for count in counts)
        class_weights = [len(places) / (present * count) if count else 0.0 for count in counts] + [0.0]
        pieces = []
        for row in self.share.rows(self.size):
            which, start = places[(index * self.size + row) % len(places)]
            piece = _cut(self.records[which], start, self.settings.scored_beats)
            weight = _weights(piece.label, tuple(class_weights))
            weight[: self.settings.warm_up if start else 0] = 0
            pieces.append(piece._replace(weight=weight))
        return _stacked(pieces)

    def once(self) -> Iterator[Counted]:
        """All pieces, the empty ones among them, without which the mean would be another."""
        for index in range(len(self.places) // self.size):
            batch = self.batch(index)
            yield counted_alike(batch, len(batch.label))


def _one_of(rng: np.random.Generator, choices: Sequence[Chosen]) -> Chosen:
    return choices[int(rng.integers(len(choices)))]


def _cut(record: Record, start: int, beats: int) -> Batch:
    """A piece of a record, filled with nothing where the record ends."""
    shown, label = record.shown[start : start + beats], record.labels[start : start + beats]
    rest = beats - len(label)
    return Batch(
        np.pad(shown, ((0, rest), (0, 0))),
        np.pad(label, (0, rest), constant_values=NONE),
        np.zeros(beats, np.float32),
    )


def _weights(label: npt.NDArray[np.int32], of_classes: tuple[float, ...]) -> Values:
    return np.where(label == NONE, 0, np.asarray(of_classes)[label]).astype(np.float32)


def _stacked(pieces: list[Batch]) -> Batch:
    return Batch(*(np.stack(arrays) for arrays in zip(*pieces, strict=True)))
