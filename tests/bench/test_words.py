"""How keywords are judged: intervals, streams, and what a threshold gives."""

from __future__ import annotations

import math

import numpy as np
import pytest

from linnet.audio.recordings import LoadedRecording
from linnet.audio.sources import Sources
from linnet.bench.words import (
    Conditions,
    Followed,
    WordStream,
    end_of_sound,
    other_stream,
    point,
    spoken_stream,
    wilson,
)
from linnet.ir import program_to_bytes
from linnet.runtime import Model, Recognizer
from linnet.tasks.keywords.utterances import Utterance
from tests.ir.programs import random_program

RATE_HZ = 16000
PROGRAM = random_program(3, bins=33, band_ratio=5)
WORDS = tuple(f"word {i}" for i in range(PROGRAM.output_width))


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(Model(program_to_bytes(PROGRAM)), words=WORDS, pool_seconds=0.02, threshold=0.5)


@pytest.fixture(scope="module")
def sources() -> Sources:
    rng = np.random.default_rng(0)
    codes = [(3000 * rng.normal(size=12 * RATE_HZ)).astype(np.int16) for _ in range(2)]
    return Sources(
        (LoadedRecording("voice", "anna", codes[0]),), (LoadedRecording("fan", "fan", codes[1]),), (), RATE_HZ
    )


def test_the_interval_of_wilson_is_that_of_the_tables() -> None:
    low, high = wilson(90, 100)
    assert (round(low, 4), round(high, 4)) == (0.8256, 0.9448)
    assert wilson(100, 100)[1] == pytest.approx(1)


def test_a_sound_ends_with_its_last_loud_piece() -> None:
    sound = 1e-4 * np.ones(RATE_HZ, np.float32)
    sound[4000:8000] = 0.5
    assert end_of_sound(sound, RATE_HZ) == 8000


def test_a_stream_holds_every_utterance_where_it_says(sources: Sources) -> None:
    marks = [Utterance(np.full(RATE_HZ, 0.1 * (-1) ** label, np.float32), label) for label in range(3)]
    stream = spoken_stream(marks, sources, Conditions(snr_db=(60.0, 60.0)), seed=1)
    assert sorted(stream.words) == [0, 1, 2]
    for word, start, end in zip(stream.words, stream.starts, stream.ends, strict=True):
        heard = stream.sound[round(start * RATE_HZ) : round(end * RATE_HZ)]
        assert np.sign(np.mean(heard)) == (-1) ** word
        assert end - start == pytest.approx(1, abs=1e-4)


def test_a_stream_without_a_keyword_has_its_length_and_is_the_same_for_the_same_seed(
    sources: Sources,
) -> None:
    one, same, other = (other_stream(sources, 0.02, Conditions(), seed=seed) for seed in (1, 1, 2))
    assert one.size == 7 * 10 * RATE_HZ
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_misses_alarms_and_latency_are_counted_from_what_is_told(recognizer: Recognizer) -> None:
    high = round(0.6 * recognizer.one)
    spoken, silent = np.zeros((800, len(WORDS)), np.int64), np.zeros((3600, len(WORDS)), np.int64)
    spoken[150, 0] = high  # told at 1.51 s; its word ends at 1.4
    spoken[350, 2] = high  # in the place of word 1
    silent[[10, 2000], 4] = high
    stream = WordStream(np.zeros(0, np.float32), (0, 1), (0.6, 2.6), (1.4, 3.4))
    found = point(recognizer, Followed(spoken, silent, 0.01), stream, 0.5)
    assert (found.miss_rate, found.wrong_rate) == (0.5, 0.5)
    assert found.false_alarms_per_hour == pytest.approx(2 / (36 / 3600))
    assert found.median_latency == pytest.approx(0.11)
    assert point(recognizer, Followed(spoken, silent, 0.01), stream, 0.7).miss_rate == 1
    assert math.isnan(point(recognizer, Followed(spoken, silent, 0.01), stream, 0.7).median_latency)
