"""Streams that are denoised together: the bits of single streams, whenever they begin and end."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from linnet.bench.kernels import chosen
from linnet.runtime import Denoiser
from linnet.runtime.library import instruction_sets
from tests.runtime.conftest import model_of

STREAMS, HOPS = 11, 24


@pytest.mark.parametrize("isa", instruction_sets())
def test_streams_that_come_and_go_have_the_bits_they_have_alone(isa: str, rng: np.random.Generator) -> None:
    with chosen(isa):
        model_of.cache_clear()  # a model keeps the instruction set it was laid out for
        denoiser = Denoiser(model_of(2, features=40, density=0.2)[1], max_attenuation_db=20, upper_band=False)
        model_of.cache_clear()
    batch = denoiser.batch(sample_rate_hz=48000)
    lives = [range(s, HOPS - s % 5) for s in range(STREAMS)]
    sound = rng.normal(0, 0.1, (STREAMS, HOPS, batch.hop)).astype(np.float32)
    given: list[list[np.ndarray]] = [[] for _ in range(STREAMS)]
    numbers: dict[int, int] = {}
    for t in range(HOPS):
        for s in range(STREAMS):
            if t == lives[s].start:
                numbers[s] = batch.begin()
            if t == lives[s].stop:
                batch.end(numbers.pop(s))
        out = batch.push({numbers[s]: sound[s, t] for s in reversed(numbers)})
        for s, number in numbers.items():
            given[s].append(out[number])
    for s in range(STREAMS):
        alone = denoiser.stream(sample_rate_hz=48000)
        expected = np.concatenate([alone.push(sound[s, t]) for t in lives[s]])
        assert np.array_equal(np.concatenate(given[s]), expected)
        assert np.any(expected != 0)


def test_a_stream_that_rests_goes_on_where_it_stood(denoiser: Denoiser, rng: np.random.Generator) -> None:
    batch = denoiser.batch()
    first, second = batch.begin(), batch.begin()
    sound = rng.normal(0, 0.1, 6 * batch.hop).astype(np.float32)
    whole = batch.push({first: sound})[first]
    parts = [batch.push({second: sound[: 2 * batch.hop]})[second]]
    assert batch.push({}) == {}
    parts.append(batch.push({second: sound[2 * batch.hop :]})[second])
    assert np.array_equal(np.concatenate(parts), whole)
    assert len(batch) == 2
    assert "streams=2" in repr(batch)


def test_each_stream_has_a_limit_of_its_own(denoiser: Denoiser, rng: np.random.Generator) -> None:
    batch, sound = denoiser.batch(), rng.normal(0, 0.1, 20 * denoiser.batch().hop).astype(np.float32)
    numbers = [batch.begin(), batch.begin()]
    batch.set_max_attenuation_db(numbers[1], 6)
    given = batch.push(dict.fromkeys(numbers, sound))
    for number, alone in zip(
        numbers, (denoiser, Denoiser(denoiser.model, max_attenuation_db=6)), strict=True
    ):
        assert np.array_equal(given[number], alone.stream(sample_rate_hz=batch.sample_rate_hz).push(sound))
    with pytest.raises(KeyError, match="has not begun"):
        batch.set_max_attenuation_db(99, 6)


def test_int16_is_taken_as_the_floats_that_it_stands_for(
    denoiser: Denoiser, rng: np.random.Generator
) -> None:
    codes = rng.integers(-9000, 9000, (2, 640)).astype(np.int16)
    batch = denoiser.batch()
    first, second = batch.begin(), batch.begin()
    length = 640 // batch.hop * batch.hop
    given = batch.push({first: codes[0, :length], second: codes[0, :length] / np.float32(32768)})
    assert np.array_equal(given[first], given[second])
    assert np.any(given[first] != 0)


def test_what_does_not_fit_is_refused(denoiser: Denoiser) -> None:
    batch = denoiser.batch()
    number, hop = batch.begin(), np.zeros(batch.hop, np.float32)
    for wrong in (hop[:-1], hop.astype(np.int32), hop[None]):
        with pytest.raises(ValueError, match="samples of type"):
            batch.push({number: wrong})
    with pytest.raises(ValueError, match="stream 2"):
        batch.push({number: hop, batch.begin(): np.zeros(2 * batch.hop, np.float32)})
    batch.end(number)
    for call in (lambda: batch.end(number), lambda: batch.push({number: hop})):
        with pytest.raises(KeyError, match="stream 1"):
            call()
    with pytest.raises(ValueError, match="does not resample"):
        denoiser.batch(sample_rate_hz=16001)
    with pytest.raises(ValueError, match="a str and no number"):
        denoiser.batch(sample_rate_hz="16000")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="cannot be copied"):
        pickle.dumps(batch)


def test_a_rate_may_be_a_float_as_in_a_stream(denoiser: Denoiser) -> None:
    batch = denoiser.batch(sample_rate_hz=48000.0)  # type: ignore[arg-type]
    assert repr(batch) == "Batch(sample_rate_hz=48000, streams=0)"
    assert len(batch.push({batch.begin(): np.zeros(batch.hop, np.float32)})) == 1
