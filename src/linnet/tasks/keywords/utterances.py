"""Examples of keywords: utterances in a stream of noise, augmented, and sound in which no keyword is said.

A folder holds clips.csv, whose columns path, second, keyword and split say where each utterance of one second is, and
perhaps `background/`, a folder of speech, noise and rooms as denoising reads it. Batch `i` depends on (seed, i) alone.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linnet.audio.files import AudioError, read_audio
from linnet.audio.mixing import Signal, apply_room, mix, set_level
from linnet.audio.render import (
    cut_speech,
    faster,
    moved_formants,
    recorded_noise,
    tone_filter,
    with_gap,
    without_band,
)
from linnet.audio.resample import resample
from linnet.audio.sources import Sources
from linnet.audio.synthetic import any_noise
from linnet.tasks.contract import WHOLE, Counted, Share, counted_alike, refuse_odd_shares_and_ranges

Range = tuple[float, float]

LIST, BACKGROUND = "clips.csv", "background"
COLUMNS = {"path", "second", "keyword", "split"}
BEHIND = 0.25
"""Of an utterance's length, the most silence behind it when it is scored."""
NOTHING = -1
"""The label of sound in which no keyword is said."""


@dataclass(frozen=True)
class ClipSettings:
    """How training examples are made. Ranges are drawn from uniformly; probabilities lie in 0..1.

    The defaults are for training; examples of `val` and `test` are the utterances themselves.
    """

    batch: int = 32
    seconds: float = 1.25
    """Length of a clip; an utterance has one second and lies anywhere in it."""
    longest_after: float = 60.0
    """Seconds of silence behind an utterance, at most; in a long clip, what was said long ago need not be known."""
    before_probability: float = 0.0
    """Share of utterances that come behind others, as in a stream."""
    longest_pause: float = 0.0
    """Seconds between these, at most; 0 puts the end of a single one right before."""
    nothing_probability: float = 0.2
    """Share of clips without a keyword: other speech, noise, or both."""
    noise_probability: float = 0.7
    """Share of clips with noise."""
    snr_db: Range = (0.0, 30.0)
    level_dbfs: Range = (-40.0, -15.0)
    speed: Range = (0.85, 1.2)
    """How much faster an utterance is played; pitch moves along."""
    formants: Range = (1.0, 1.0)
    """By how much the spectral envelope of an utterance is stretched; pitch and pace stay."""
    notch_probability: float = 0.0
    """Share of utterances without a band of frequencies, up to `widest_notch` of all of them wide."""
    widest_notch: float = 0.15
    gap_probability: float = 0.0
    """Share of utterances with a silent piece, up to `longest_gap` seconds."""
    longest_gap: float = 0.1
    tone_probability: float = 0.5
    """Share of utterances passed through a gentle random filter, as of a microphone."""
    room_probability: float = 0.3
    """Share of utterances heard in a room, where the background has some."""

    def __post_init__(self) -> None:
        if self.batch < 1 or not 1.0 <= self.seconds <= 60.0:
            raise ValueError(
                f"batch={self.batch} and seconds={self.seconds} make no batch; choose a batch of 1 or more, and 1 to "
                "60 seconds, for an utterance has one."
            )
        refuse_odd_shares_and_ranges(self)
        if not 0.5 <= self.speed[0] <= self.speed[1] <= 2.0:
            raise ValueError(f"speed={self.speed} is beyond the same word; stay within 0.5 to 2.")
        if not 0.5 <= self.formants[0] <= self.formants[1] <= 2.0:
            raise ValueError(f"formants={self.formants} are of no throat; stay within 0.5 to 2.")
        if not (0 <= self.longest_after <= 60 and 0 <= self.longest_pause <= 60):
            raise ValueError(
                f"longest_after={self.longest_after} or longest_pause={self.longest_pause} is no silence of a clip; "
                "stay within 0 to 60 seconds."
            )
        if not (0 <= self.widest_notch <= 0.5 and 0 <= self.longest_gap <= 0.5):
            raise ValueError(
                f"widest_notch={self.widest_notch} or longest_gap={self.longest_gap} hides the word; stay "
                "within 0 to 0.5."
            )


class Batch(NamedTuple):
    """`sound` float32 [batch, samples]; `label` int32 [batch], the place of the word in the task's list, or NOTHING."""

    sound: Signal
    label: NDArray[np.int32]


class Utterance(NamedTuple):
    """One second of sound, float32 [samples], the place of its word, and the file it is from, one for each speaker."""

    sound: Signal
    label: int
    path: str = ""


def read_utterances(root: Path, split: str, words: tuple[str, ...], rate_hz: int) -> tuple[Utterance, ...]:
    """The utterances of one split in the order of clips.csv.

    Raises:
        AudioError: the list or a file is missing or damaged, or nothing in the split is one of the words.
    """
    sounds: dict[str, Signal] = {}
    found = []
    for row in list_utterances(root):
        if row["split"] != split or row["keyword"] not in words:
            continue
        if row["path"] not in sounds:
            sounds[row["path"]] = _read(root / row["path"], rate_hz)
        start = int(row["second"]) * rate_hz
        sound = sounds[row["path"]][start : start + rate_hz]
        if sound.size < rate_hz:
            raise AudioError(
                f"{root / row['path']} ends before second {row['second']} does, which {LIST} says is an utterance; "
                "fetch the file again, or correct the list."
            )
        found.append(Utterance(sound, words.index(row["keyword"]), row["path"]))
    if not found:
        raise AudioError(
            f"{root / LIST} has no utterance of {', '.join(words[:5])}, ... in split {split!r}, so there is nothing to "
            "learn or score; correct `words` of the recipe, or the list."
        )
    return tuple(found)


def list_utterances(root: Path) -> list[dict[str, str]]:
    """The rows of clips.csv.

    Raises:
        AudioError: there is none, or a column is missing.
    """
    try:
        with open(root / LIST, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise AudioError(
            f"{root / LIST} cannot be read ({error}), so no utterances are known; name a folder that has one."
        ) from error
    if not rows or not rows[0].keys() >= COLUMNS:
        raise AudioError(
            f"{root / LIST} lacks rows or one of the columns {', '.join(sorted(COLUMNS))}, so utterances are unknown; "
            "give it a first line with these."
        )
    return rows


def _read(path: Path, rate_hz: int) -> Signal:
    samples, own_hz = read_audio(path)
    mono = np.asarray(samples[:, 0], np.float32)
    return mono if own_hz == rate_hz else np.asarray(resample(mono, own_hz, rate_hz), np.float32)


@dataclass(frozen=True)
class Spoken:
    """Training's endless clips: an utterance drawn at random and augmented, or nothing."""

    utterances: tuple[Utterance, ...]
    background: Sources | None
    settings: ClipSettings
    rate_hz: int
    seed: int = 0
    share: Share = WHOLE

    def batch(self, index: int) -> Batch:
        """Clips index*batch and on, of those our share, stacked."""
        first = index * self.settings.batch
        clips = [self.clip(first + row) for row in self.share.rows(self.settings.batch)]
        return _stacked(clips)

    def clip(self, number: int) -> Utterance:
        """Clip number `number` >= 0."""
        settings, rng = self.settings, np.random.default_rng([self.seed, number])
        samples = round(settings.seconds * self.rate_hz)
        level_dbfs, snr_db = rng.uniform(*settings.level_dbfs), rng.uniform(*settings.snr_db)
        if rng.random() < settings.nothing_probability:
            return Utterance(self._nothing(rng, samples, level_dbfs), NOTHING)
        spoken = self.utterances[int(rng.integers(len(self.utterances)))]
        voice = self._placed(rng, self._said(rng, spoken.sound), samples)
        voice = voice if settings.before_probability == 0 else self._followed(rng, voice)
        noise = np.zeros(samples, np.float32)
        if rng.random() < settings.noise_probability:
            noise = self._noise(rng, samples)
        return Utterance(mix(voice, noise, snr_db=snr_db, level_dbfs=level_dbfs).noisy, spoken.label)

    def _said(self, rng: np.random.Generator, sound: Signal) -> Signal:
        """The utterance faster or slower, through a filter and in a room."""
        settings = self.settings
        said = faster(sound, rng.uniform(*settings.speed))
        said = self._masked(rng, self._of_another_throat(rng, said))
        if rng.random() < settings.tone_probability:
            said = tone_filter(rng, said)
        rooms = self.background.rooms if self.background else ()
        if rooms and rng.random() < settings.room_probability:
            room = rooms[int(rng.integers(len(rooms)))]
            said = apply_room(said, room.cut(0, room.samples))
        return said

    def _of_another_throat(self, rng: np.random.Generator, said: Signal) -> Signal:
        low, high = self.settings.formants
        return said if low == high == 1.0 else moved_formants(said, rng.uniform(low, high))

    def _masked(self, rng: np.random.Generator, said: Signal) -> Signal:
        settings = self.settings
        if settings.notch_probability and rng.random() < settings.notch_probability:
            said = without_band(rng, said, settings.widest_notch)
        if settings.gap_probability and rng.random() < settings.gap_probability:
            said = with_gap(rng, said, round(settings.longest_gap * self.rate_hz))
        return said

    def _placed(self, rng: np.random.Generator, said: Signal, samples: int) -> Signal:
        """The utterance in a clip of silence; one that is too long loses its ends."""
        if said.size > samples:
            start = (said.size - samples) // 2
            return said[start : start + samples]
        silence = samples - said.size
        least = max(0, silence - round(self.settings.longest_after * self.rate_hz))
        before = int(rng.integers(least, silence + 1))
        return np.pad(said, (before, samples - said.size - before))

    def _followed(self, rng: np.random.Generator, voice: Signal) -> Signal:
        """A placed utterance, with others in the silence before it, the first of which may lack its beginning."""
        before = int(np.argmax(voice != 0))
        if before < 2 or rng.random() >= self.settings.before_probability:
            return voice
        result = voice.copy()
        while before >= 2:
            other = self.utterances[int(rng.integers(len(self.utterances)))].sound[-before:]
            result[before - other.size : before] = other
            if self.settings.longest_pause == 0:
                break
            before -= other.size + round(rng.uniform(0, self.settings.longest_pause) * self.rate_hz)
        return result

    def _noise(self, rng: np.random.Generator, samples: int) -> Signal:
        if self.background is None or not self.background.noise or rng.random() < 0.2:
            return any_noise(rng, samples, self.rate_hz)[0]
        return recorded_noise(rng, self.background.noise, samples, 1.0)[0]

    def _nothing(self, rng: np.random.Generator, samples: int, level_dbfs: float) -> Signal:
        """Other speech, noise, or both."""
        noise = self._noise(rng, samples)
        if self.background is None or rng.random() < 0.4:
            return set_level(np.zeros_like(noise), noise, level_dbfs=level_dbfs).noisy
        speech, _ = cut_speech(rng, self.background.speech, samples, 1.0)
        return mix(speech, noise, snr_db=rng.uniform(*self.settings.snr_db), level_dbfs=level_dbfs).noisy


@dataclass(frozen=True)
class InOrder:
    """The utterances of a split as they are, in order, again from the first behind the last."""

    utterances: tuple[Utterance, ...]
    size: int
    samples: int
    share: Share = WHOLE

    def batch(self, index: int) -> Batch:
        """Utterances index*size and on, of those our share, in a clip of silence."""
        count = len(self.utterances)
        return self._in_silence((index * self.size + row) % count for row in self.share.rows(self.size))

    def once(self) -> Iterator[Counted]:
        """Every utterance once."""
        for first in range(0, len(self.utterances), self.size):
            places = range(len(self.utterances))[first : first + self.size]
            yield counted_alike(self._in_silence(places), len(places))

    def _in_silence(self, places: Iterable[int]) -> Batch:
        said = [self.utterances[place] for place in places]
        return _stacked([each._replace(sound=alone(each.sound, self.samples)) for each in said])


def alone(sound: Signal, samples: int) -> Signal:
    """`sound` in silence, [samples] in all: in the middle, or nearer to the end if more than BEHIND would follow."""
    behind = min((samples - sound.size) // 2, round(BEHIND * sound.size))
    return np.pad(sound, (samples - sound.size - behind, behind))


def _stacked(clips: list[Utterance]) -> Batch:
    return Batch(np.stack([clip.sound for clip in clips]), np.array([clip.label for clip in clips], np.int32))
