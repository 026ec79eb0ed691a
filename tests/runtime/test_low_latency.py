"""Asymmetric windows: two hops of latency in place of a window, at every rate, and nothing lost."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.ir import Program, program_to_bytes
from linnet.runtime import Denoiser, native_rates_hz
from linnet.runtime.library import ISA_ENVIRONMENT, instruction_sets
from tests.ir.programs import random_program, with_front_end
from tests.runtime.test_front_end import sound_of

HOP = 64


def low_latency_program(seed: int = 0) -> Program:
    program = random_program(seed, bins=257, density=0.2, phase_bins=20)
    return with_front_end(program, hop=HOP, window_kind="asymmetric", level_alpha=0.01)


def test_the_latency_is_two_hops() -> None:
    program = low_latency_program()
    denoiser = Denoiser(program_to_bytes(program))
    assert denoiser.algorithmic_latency_ms == 8.0
    assert program.metadata.front_end.latency_seconds == 0.008
    assert denoiser.stream(sample_rate_hz=16000).delay_samples == HOP


@pytest.mark.parametrize("rate_hz", native_rates_hz())
def test_what_is_not_turned_down_comes_out_as_it_went_in(rate_hz: int) -> None:
    denoiser = Denoiser(program_to_bytes(low_latency_program()), max_attenuation_db=0)
    sound = sound_of(1, rate_hz // 4)
    stream = denoiser.stream(sample_rate_hz=rate_hz)
    given = np.concatenate([stream.push(sound), stream.flush()])
    late = stream.delay_samples
    assert late == HOP * rate_hz // 16000 or (rate_hz % 11025 == 0 and late % 11 == 0)
    np.testing.assert_allclose(given[:late], 0, atol=1e-6)
    np.testing.assert_allclose(given[late:], sound, atol=4e-6)
    np.testing.assert_array_equal(denoiser(sound, sample_rate_hz=rate_hz), given[late:])


@pytest.mark.parametrize("rate_hz", [16000, 44100])
def test_every_instruction_set_gives_the_same_bits(rate_hz: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, given = sound_of(2, rate_hz // 2), []
    for isa in instruction_sets():
        monkeypatch.setenv(ISA_ENVIRONMENT, isa)
        program = with_front_end(low_latency_program(seed=4), level_least=0.75, level_most=2.0)
        denoiser = Denoiser(program_to_bytes(program))
        given.append(denoiser(sound, sample_rate_hz=rate_hz))
    assert np.abs(given[0]).max() > 0.01
    for other in given[1:]:
        np.testing.assert_array_equal(other, given[0])
