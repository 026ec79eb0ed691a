"""How well keywords are heard: utterance by utterance, and in streams, misses against false alarms, and how late.

`accuracy` scores whole utterances as the task does. `WordStream` lays utterances between pauses into noise; a stream
without a keyword is speech and noise alone. What a recognizer makes of a stream is followed once, as sums of codes, and
decided anew for every threshold. Which recordings these are is the business of tasks/keywords/utterances.py.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linnet.audio.mixing import Signal, mix, set_level
from linnet.audio.render import cut_speech, recorded_noise
from linnet.audio.sources import Sources
from linnet.runtime import Decisions, Ear, Recognizer
from linnet.tasks.keywords.utterances import Utterance, alone

Z95 = 1.959964  # of the normal distribution: 95 % lie within
SOUNDING_DB = -25.0
"""An utterance ends with its last 20 ms that are within this of its loudest; behind it lies the room's own noise."""
LATEST_SECONDS = 1.0
"""After the end of its second, until which the word counts as heard."""
PIECE_SECONDS = 10.0


class Accuracy(NamedTuple):
    """Of `utterances`, how many were `right`, and the share of each speaker."""

    right: int
    utterances: int
    by_speaker: dict[str, float]

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.right / self.utterances

    @property
    def interval(self) -> tuple[float, float]:
        """95 % of the share, as if utterances were independent (Wilson 1927); those of one speaker are not quite."""
        return wilson(self.right, self.utterances)


def wilson(right: int, count: int) -> tuple[float, float]:
    """The interval of Wilson for a share at 95 %."""
    share, square = right / count, Z95 * Z95 / count
    middle = (share + square / 2) / (1 + square)
    half = Z95 / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return middle - half, middle + half


def accuracy(recognizer: Recognizer, utterances: Sequence[Utterance], *, seconds: float) -> Accuracy:
    """Of each utterance, in `seconds` of silence, whether its word has the largest mean."""
    samples = round(seconds * recognizer.sample_rate_hz)
    right: dict[str, list[bool]] = defaultdict(list)
    for sound, label, path in utterances:
        right[path].append(int(np.argmax(recognizer.sums(alone(sound, samples))[-1])) == label)
    shares = {Path(path).stem: float(np.mean(each)) for path, each in right.items()}
    return Accuracy(sum(map(sum, right.values())), len(utterances), shares)


class WordStream(NamedTuple):
    """Sound [samples], and of every utterance in it its word, where it begins and where its sound ends, in seconds."""

    sound: Signal
    words: tuple[int, ...]
    starts: tuple[float, ...]
    ends: tuple[float, ...]


class Conditions(NamedTuple):
    """How streams are made; ranges are drawn from uniformly."""

    snr_db: tuple[float, float] = (10.0, 30.0)
    pause_seconds: tuple[float, float] = (0.5, 2.0)
    level_dbfs: float = -26.0
    words_of_a_piece: int = 20
    """Utterances of one voice behind each other in one noise."""


def spoken_stream(
    utterances: Sequence[Utterance], sources: Sources, conditions: Conditions, *, seed: int
) -> WordStream:
    """All utterances in pieces of a drawn order, with pauses and noise; every pause is without a voice."""
    rng, rate_hz = np.random.default_rng(seed), sources.sample_rate_hz
    order = rng.permutation(len(utterances))
    pieces, words, starts, ends, at = [], [], [], [], 0
    for first in range(0, len(order), conditions.words_of_a_piece):
        parts: list[Signal] = []
        for number in order[first : first + conditions.words_of_a_piece]:
            sound, label, _ = utterances[int(number)]
            pause = np.zeros(round(rng.uniform(*conditions.pause_seconds) * rate_hz), np.float32)
            level = max(float(np.sqrt(np.mean(sound**2))), 1e-6)
            parts += [pause, sound * np.float32(0.05 / level)]
            begins = at + sum(part.size for part in parts) - sound.size
            words.append(label)
            starts.append(begins / rate_hz)
            ends.append((begins + end_of_sound(sound, rate_hz)) / rate_hz)
        voice = np.concatenate([*parts, np.zeros(rate_hz, np.float32)])
        noise, _ = recorded_noise(rng, sources.noise, voice.size, 1.0)
        snr_db = rng.uniform(*conditions.snr_db)
        pieces.append(mix(voice, noise, snr_db=snr_db, level_dbfs=conditions.level_dbfs).noisy)
        at += voice.size
    return WordStream(np.concatenate(pieces), tuple(words), tuple(starts), tuple(ends))


def other_stream(sources: Sources, hours: float, conditions: Conditions, *, seed: int) -> Signal:
    """No keyword: one half unknown speech in noise, the other noise alone, by turns of PIECE_SECONDS."""
    rng, rate_hz = np.random.default_rng(seed), sources.sample_rate_hz
    samples, pieces = round(PIECE_SECONDS * rate_hz), []
    for number in range(max(2, round(hours * 3600 / PIECE_SECONDS))):
        noise, _ = recorded_noise(rng, sources.noise, samples, 1.0)
        if number % 2:
            pieces.append(set_level(np.zeros_like(noise), noise, level_dbfs=conditions.level_dbfs).noisy)
            continue
        speech, _ = cut_speech(rng, sources.speech, samples, 1.0)
        snr_db = rng.uniform(*conditions.snr_db)
        pieces.append(mix(speech, noise, snr_db=snr_db, level_dbfs=conditions.level_dbfs).noisy)
    return np.concatenate(pieces)


def end_of_sound(sound: Signal, rate_hz: int) -> int:
    """The sample behind the last 20 ms within SOUNDING_DB of the loudest 20 ms."""
    frame = rate_hz // 50
    power = np.mean(sound[: sound.size // frame * frame].reshape(-1, frame) ** 2, axis=1)
    return int(np.flatnonzero(power >= power.max() * 10 ** (SOUNDING_DB / 10))[-1] + 1) * frame


class Point(NamedTuple):
    """What a threshold gives. Misses, other words told in their place, alarms where no word was said; latency in s."""

    threshold: float
    miss_rate: float
    wrong_rate: float
    false_alarms_per_hour: float
    median_latency: float
    late_latency: float
    """Nine in ten words are told sooner."""


class Followed(NamedTuple):
    """The sums of both streams, and how many seconds a frame has."""

    spoken: NDArray[np.int64]
    other: NDArray[np.int64]
    frame_seconds: float


def follow(recognizer: Recognizer, stream: WordStream, other: Signal) -> Followed:
    """Listen to both streams once."""
    info = recognizer.model.info
    seconds = int(info.hop) / int(info.sample_rate_hz)
    return Followed(recognizer.sums(stream.sound), recognizer.sums(other), seconds)


def point(recognizer: Recognizer, followed: Followed, stream: WordStream, threshold: float) -> Point:
    """Decide at a threshold, 0 to 1, of the mean."""
    told = _told(followed.spoken, recognizer, threshold)
    alarms = len(_told(followed.other, recognizer, threshold))
    latencies, wrong = [], 0
    for word, start, end in zip(stream.words, stream.starts, stream.ends, strict=True):
        within = [
            (frame * followed.frame_seconds, each)
            for frame, each in told
            if start <= frame * followed.frame_seconds <= start + 1 + LATEST_SECONDS
        ]
        right = [at for at, each in within if each == word]
        latencies += right[:1] and [right[0] - end]
        wrong += any(each != word for at, each in within if at <= start + 1)
    count, hours = len(stream.words), len(followed.other) * followed.frame_seconds / 3600
    ordered = np.array(latencies or [math.nan])
    return Point(
        threshold,
        1 - len(latencies) / count,
        wrong / count,
        alarms / hours,
        float(np.median(ordered)),
        float(np.quantile(ordered, 0.9)),
    )


def _told(sums: NDArray[np.int64], recognizer: Recognizer, threshold: float) -> list[tuple[int, int]]:
    """Frame, from 1, and word of everything that is told; frames that cannot matter are passed over."""
    high = round(threshold * recognizer.one)
    decisions, found = Decisions(sums.shape[1], high), []
    for frame in np.flatnonzero(np.any(2 * sums >= high, axis=1) | _behind(2 * sums >= high)):
        word = decisions.told(sums[frame])
        if word is not None:
            found.append((int(frame) + 1, word))
    return found


def _behind(high: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Frames right behind one in which some word was high: there it is forgotten that it was told."""
    any_high = np.any(high, axis=1)
    return np.concatenate(([False], any_high[:-1]))


def frame_us(recognizer: Recognizer, sound: Signal, rounds: int = 7) -> float:
    """Microseconds of the engine per frame, sound to codes, the least of some rounds."""
    best = math.inf
    for _ in range(rounds):
        ear, began = Ear(recognizer.model), time.perf_counter()
        frames = len(ear.push(sound))
        best = min(best, 1e6 * (time.perf_counter() - began) / frames)
    return best
