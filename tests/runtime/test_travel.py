"""Models and denoisers travel between processes; what is in the middle of a stream does not, and says so."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

import linnet
from linnet.runtime import Denoiser, Listener, Session
from tests.runtime.test_denoiser import tone


def test_a_denoiser_that_was_copied_or_pickled_gives_the_same_bits(denoiser: Denoiser) -> None:
    gentle = Denoiser(denoiser.model, max_attenuation_db=12)
    sound = tone(16000, 3000)
    wanted = gentle(sound, sample_rate_hz=16000)
    for other in (copy.copy(gentle), copy.deepcopy(gentle), pickle.loads(pickle.dumps(gentle))):
        assert np.array_equal(other(sound, sample_rate_hz=16000), wanted)
        assert other.model.label == gentle.model.label
    assert copy.deepcopy(denoiser.model) is denoiser.model


@pytest.mark.long
def test_a_denoiser_cleans_in_a_process_that_was_spawned(denoiser: Denoiser) -> None:
    sound = tone(16000, 3000)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(denoiser.__call__, sound, sample_rate_hz=16000).result()
    assert np.array_equal(found, denoiser(sound, sample_rate_hz=16000))


def test_what_is_in_the_middle_of_a_stream_is_not_copied(denoiser: Denoiser) -> None:
    heard = linnet.Recognizer.from_pretrained().stream()
    for running in (denoiser.stream(), Session(denoiser.model), Listener(denoiser.model), heard):
        for travel in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="cannot be copied or pickled; copy or pickle its model"):
                travel(running)


def test_what_is_printed_says_what_it_is(denoiser: Denoiser) -> None:
    assert repr(denoiser).startswith("Denoiser(Model(")
    assert "max_attenuation_db=12" in repr(Denoiser(denoiser.model, max_attenuation_db=12))
    assert repr(denoiser.stream(sample_rate_hz=8000)).startswith(
        "Stream(sample_rate_hz=8000, channels=1, delay"
    )
    assert "codes in" in repr(Session(denoiser.model))
    assert linnet.Stream is type(denoiser.stream())
