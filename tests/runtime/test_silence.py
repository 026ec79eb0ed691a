"""Digital silence, as of a muted microphone: a denoiser stands still in it, whatever else listens goes on."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.ir import program_to_bytes, quantize_features, run_codes
from linnet.runtime import Denoiser, Model
from linnet.runtime.recognizer import Ear
from tests.conftest import tone
from tests.ir.programs import random_program

DENOISERS = ["denoise-bands-large", "denoise-dense-medium"]


@pytest.mark.parametrize("rate_hz", [8000, 16000, 48000])
@pytest.mark.parametrize("name", DENOISERS)
def test_a_denoiser_goes_on_behind_it_as_if_it_had_not_been(name: str, rate_hz: int) -> None:
    denoiser, sound = Denoiser.from_pretrained(name), tone(1.0, rate_hz)[:, 0]
    hop = int(denoiser.model.info.hop) * rate_hz // 16000
    before = sound[: len(sound) // hop // 2 * hop]
    short, long = (np.zeros(hops * hop, np.float32) for hops in (8, 400))
    expected = denoiser(np.concatenate([before, short, sound]), sample_rate_hz=rate_hz)
    found = denoiser(np.concatenate([before, long, sound]), sample_rate_hz=rate_hz)
    assert np.array_equal(found[-len(sound) :], expected[-len(sound) :])
    assert expected[-len(sound) :].any()


def test_a_file_that_begins_with_it_is_cleaned_as_without() -> None:
    denoiser, sound = Denoiser.from_pretrained(), tone(1.0, 16000)[:, 0]
    hop = int(denoiser.model.info.hop)
    later = denoiser(np.concatenate([np.zeros(200 * hop, np.float32), sound]), sample_rate_hz=16000)
    assert np.array_equal(later[200 * hop :], denoiser(sound, sample_rate_hz=16000))


def test_other_models_run_through_it() -> None:
    """A pause is something to be heard: their states go on, by the interpreter's integers."""
    program = random_program(3, outputs=5)
    hop = program.metadata.front_end.hop
    sound = tone(0.4, 16000)[: 40 * hop, 0]
    paused = np.concatenate([sound, np.zeros(60 * hop, np.float32), sound])
    engine = Model(program_to_bytes(program))
    codes = Ear(engine).push(paused)
    shown = Ear(engine).features(paused)
    assert not shown[50:100].any()
    assert np.array_equal(codes, run_codes(program, quantize_features(program, shown)))
    assert not np.array_equal(codes[50], codes[99])
