"""A recognizer decides by the codes that the engine gives, alike for a whole sound and for pieces of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.ir import program_to_bytes, quantize_features, run_codes
from linnet.runtime import Decisions, Ear, Listener, Model, ModelError, Recognizer, Session, pretrained_names
from linnet.runtime.pretrained import DEFAULT_RECOGNIZER
from linnet.runtime.recognizer import PooledCodes
from linnet.runtime.samples import LoudSoundWarning
from tests.ir.programs import random_program
from tests.runtime.test_front_end import sound_of

PROGRAM = random_program(3, bins=33, band_ratio=5)
MODEL = Model(program_to_bytes(PROGRAM))
WORDS = tuple(f"word {i}" for i in range(PROGRAM.output_width))
RATE_HZ = int(MODEL.info.sample_rate_hz)


def recognizer(threshold: float = 0.5) -> Recognizer:
    return Recognizer(MODEL, words=WORDS, pool_seconds=0.01, threshold=threshold)


def test_the_engine_hears_what_the_exact_interpreter_computes_from_its_features() -> None:
    sound = sound_of(1, 2000)
    features = Ear(MODEL).features(sound)
    np.testing.assert_array_equal(features, Listener(MODEL).push(sound).features)
    codes = Ear(MODEL).push(sound)
    np.testing.assert_array_equal(codes, run_codes(PROGRAM, quantize_features(PROGRAM, features)))
    np.testing.assert_array_equal(codes, Session(MODEL).run(quantize_features(PROGRAM, features)))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=8), st.integers(0, 100))
def test_pieces_of_any_size_hold_the_words_of_the_whole(cuts: list[int], seed: int) -> None:
    sound = sound_of(seed, sum(cuts))
    whole = recognizer()(sound, sample_rate_hz=RATE_HZ)
    stream = recognizer().stream(sample_rate_hz=RATE_HZ)
    pieces = np.split(sound, np.cumsum(cuts))[:-1]
    assert [found for piece in pieces for found in stream.push(piece)] + stream.flush() == whole


def test_a_word_is_told_where_its_mean_passes_the_threshold_and_again_after_it_fell_below_half() -> None:
    means = recognizer().pooled(sound_of(2, 6000))
    threshold = float(np.quantile(means.max(axis=1), 0.5))
    found = recognizer(threshold)(sound_of(2, 6000), sample_rate_hz=RATE_HZ)
    assert found
    hop_seconds = int(MODEL.info.hop) / RATE_HZ
    last: dict[str, int] = {}
    for word, seconds, likelihood in found:
        frame, column = round(seconds / hop_seconds) - 1, WORDS.index(word)
        assert means[frame, column] == pytest.approx(likelihood)
        assert likelihood == means[frame].max() >= threshold - 1e-4
        if word in last:
            assert means[last[word] : frame, column].min() < threshold / 2
        last[word] = frame


def test_pooled_codes_are_the_sums_of_the_newest_frames() -> None:
    codes = np.random.default_rng(0).integers(-9, 9, (20, 3)).astype(np.int16)
    whole = PooledCodes(4, 3).push(codes)
    for frame in range(20):
        assert np.array_equal(whole[frame], codes[max(0, frame - 3) : frame + 1].sum(axis=0))
    pieces = PooledCodes(4, 3)
    assert np.array_equal(np.concatenate([pieces.push(codes[:7]), pieces.push(codes[7:])]), whole)


def test_a_stream_begins_anew_after_a_flush() -> None:
    stream, sound = recognizer(0.3).stream(sample_rate_hz=RATE_HZ), sound_of(3, 3000)
    assert stream.push(sound) + stream.flush() == stream.push(sound) + stream.flush()


def test_sound_of_every_kind_gives_the_same_words() -> None:
    codes = np.rint(32767 * np.clip(sound_of(2, 6000), -1, 1)).astype(np.int16)
    floats = (codes / np.float32(32768)).astype(np.float32)
    hears = recognizer(0.2)
    wanted = hears(floats, sample_rate_hz=RATE_HZ)
    assert wanted
    assert (
        hears(codes, sample_rate_hz=RATE_HZ) == hears(codes.astype(">i2"), sample_rate_hz=RATE_HZ) == wanted
    )
    assert hears(codes.astype("<i2").tobytes(), sample_rate_hz=RATE_HZ) == wanted
    assert hears(codes.astype(np.float32), sample_rate_hz=RATE_HZ, full_scale=32768) == wanted
    with pytest.warns(LoudSoundWarning, match="the full scale is taken to be 32768"):
        assert hears(codes.astype(np.float32), sample_rate_hz=RATE_HZ) == wanted


def test_one_channel_may_be_a_column() -> None:
    sound, hears = sound_of(2, 6000), recognizer(0.2)
    wanted = hears(sound, sample_rate_hz=RATE_HZ)
    assert wanted
    assert hears(sound[:, None], sample_rate_hz=RATE_HZ) == wanted


def test_a_stream_that_is_too_loud_says_so() -> None:
    with pytest.warns(LoudSoundWarning, match="name full_scale=32768"):
        recognizer().stream(sample_rate_hz=RATE_HZ).push(np.full(100, 9000.0))


@pytest.mark.parametrize(
    ("sound", "rate_hz", "reason"),
    [
        (np.zeros((100, 2), np.float32), RATE_HZ, "a recognizer hears one channel"),
        (np.zeros(100, np.int32), RATE_HZ, "samples of type int32 came"),
        (b"123", RATE_HZ, "end within a sample"),
        (np.zeros(100, np.float32), 4000, "speech below 8000 Hz lacks"),
        (np.zeros(100, np.float32), None, "a NoneType and no number"),
        (np.zeros(100, np.float32), float("nan"), "no whole number of hertz"),
    ],
)
def test_what_is_no_sound_of_one_channel_is_refused(sound: Any, rate_hz: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        recognizer()(sound, sample_rate_hz=rate_hz)


def test_words_that_are_not_those_of_the_outputs_are_refused() -> None:
    with pytest.raises(ModelError, match=r"has \d+ outputs, and 1 words are known for them"):
        Recognizer(MODEL, words=("one",))
    with pytest.raises(ModelError, match="0 words are known"):
        Recognizer(MODEL)


@pytest.mark.parametrize(
    ("pool", "threshold"),
    [(0.01, 0.0), (0.01, 1.0), (1e-5, 0.5), (float("nan"), 0.5), (float("inf"), 0.5), (61.0, 0.5)],
)
def test_a_decision_that_is_none_is_refused(pool: float, threshold: float) -> None:
    with pytest.raises(ValueError, match="decide nothing"):
        Recognizer(MODEL, words=WORDS, pool_seconds=pool, threshold=threshold)


def test_a_program_that_hears_nothing_is_refused() -> None:
    model = Model(program_to_bytes(PROGRAM))
    model.info.is_listener = 0
    with pytest.raises(ModelError, match="hears nothing"):
        Recognizer(model, words=WORDS)


def test_decisions_tell_a_word_once_until_it_falls_below_half() -> None:
    decisions = Decisions(2, 10)
    heard = [(9, 0), (10, 0), (12, 0), (12, 13), (6, 20), (11, 0), (4, 0), (10, 0)]
    told = [decisions.told(np.array(sums)) for sums in heard]
    assert told == [None, 0, None, 1, None, None, None, 0]


def test_a_name_that_does_not_ship_is_refused_with_those_that_do() -> None:
    with pytest.raises(ModelError, match=f"No model named 'nightingale' ships.*{DEFAULT_RECOGNIZER}"):
        Recognizer.from_pretrained("nightingale")


def test_the_default_recognizer_ships_and_is_no_denoiser() -> None:
    assert DEFAULT_RECOGNIZER in pretrained_names("keywords")
    assert DEFAULT_RECOGNIZER not in pretrained_names()
    assert len(Recognizer.from_pretrained().words) == 40
