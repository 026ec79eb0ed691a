"""Listening changes nothing: the features of the engine's own frames, the samples of the denoiser."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.audio.stft import frame_count
from linnet.ir import program_to_bytes
from linnet.runtime import Denoiser, Listener, Model, ModelError
from tests.ir.programs import random_program
from tests.runtime.test_front_end import front_end_of, look_inside, sound_of

PROGRAM = random_program(3, bins=33, phase_bins=10, band_ratio=5)
MODEL = Model(program_to_bytes(PROGRAM))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 70), max_size=8), st.integers(0, 100))
def test_pieces_of_any_size_are_heard_as_the_denoiser_cleans_them(cuts: list[int], seed: int) -> None:
    sound = sound_of(seed, sum(cuts))
    listener = Listener(MODEL)
    pieces = np.split(sound, np.cumsum(cuts))[:-1]
    heard = [*(listener.push(piece) for piece in pieces), listener.flush()]
    features = np.concatenate([one.features for one in heard])
    cleaned = np.concatenate([one.cleaned for one in heard])
    lag = int(MODEL.info.delay_samples)
    rate_hz = int(MODEL.info.sample_rate_hz)
    front_end = front_end_of(PROGRAM)
    assert len(features) == frame_count(len(sound), front_end)
    expected = Denoiser(MODEL)(sound, sample_rate_hz=rate_hz)
    np.testing.assert_array_equal(cleaned[lag : lag + len(sound)], expected)
    silence = np.zeros(len(features) * front_end.hop - len(sound), np.float32)
    np.testing.assert_array_equal(features, look_inside(MODEL, np.concatenate([sound, silence]))[0])


def test_after_a_flush_it_begins_anew() -> None:
    listener, sound = Listener(MODEL), sound_of(1, 100)
    first = [*listener.push(sound), *listener.flush()]
    again = [*listener.push(sound), *listener.flush()]
    for mine, theirs in zip(first, again, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_program_that_is_no_denoiser_cannot_be_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(program_to_bytes(PROGRAM))
    model.info.is_denoiser = 0
    with pytest.raises(ModelError, match="is no denoiser"):
        Listener(model)
