"""The engine at other rates than the model's: audio/rates.py but for rounding, the same on every instruction set."""

from __future__ import annotations

import ctypes
from functools import partial

import numpy as np
import pytest

from linnet.audio import stft as mirror
from linnet.audio.offset import without_offset
from linnet.audio.rates import SIXTEENTHS, RatedFrontEnd, at_rate, cleaned_at_rate, model_spectra
from linnet.ir import Program, program_to_bytes, run
from linnet.runtime import Denoiser, Model, native_rates_hz
from linnet.runtime.library import ISA_ENVIRONMENT, Block, EngineError, instruction_sets, library
from linnet.runtime.session import EngineSession
from tests.ir.programs import Shape, random_program, with_front_end
from tests.runtime.test_front_end import front_end_of, magnitude_error, sound_of

PROGRAMS: dict[str, tuple[int, Shape]] = {
    "bins": (0, {}),
    "bins and phase": (3, {"phase_bins": 64}),
    "bands and phase": (2, {"phase_bins": 64, "band_ratio": 16}),
}


def program_of(name: str) -> Program:
    seed, shape = PROGRAMS[name]
    return partial(random_program, bins=257, density=0.3)(seed, **shape)


def look_inside(
    model: Model, sound: np.ndarray, rate_hz: int, *, upper_band: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, gains and the output of a session at this rate."""
    session, engine = EngineSession(model, rate_hz), library()
    engine.linnet_session_set_upper_band(session.handle, int(upper_band))
    block, samples = Block.like((int(session.format.hop),), np.float32)
    widths = (int(model.info.input_width), int(model.info.output_width))
    (seen_block, seen), (gain_block, gains) = (Block.like((width,), np.float32) for width in widths)
    rows: list[tuple[np.ndarray, ...]] = []
    for first in range(0, len(sound) - len(samples) + 1, len(samples)):
        samples[:] = sound[first : first + len(samples)]
        EngineSession.check(engine.linnet_session_denoise(session.handle, block.pointer, block.pointer, 1))
        engine.linnet_session_last_frame(session.handle, seen_block.pointer, gain_block.pointer)
        rows.append((seen.copy(), gains.copy(), samples.copy()))
    features, answers, output = (np.stack(column) for column in zip(*rows, strict=True))
    return features, answers, output.reshape(-1)


def rated_of(program: Program, rate_hz: int) -> RatedFrontEnd:
    return at_rate(front_end_of(program), rate_hz)


def test_the_rates_are_the_mirrors() -> None:
    assert native_rates_hz() == tuple(SIXTEENTHS)


@pytest.mark.parametrize("kind", PROGRAMS)
@pytest.mark.parametrize("rate_hz", SIXTEENTHS)
def test_features_and_sound_are_the_mirrors(rate_hz: int, kind: str) -> None:
    program = program_of(kind)
    rated, model = rated_of(program, rate_hz), Model(program_to_bytes(program))
    found = model.format_at(rate_hz)
    assert found is not None
    assert (found.window, found.hop, found.delay_samples) == (rated.window, rated.hop, rated.delay_samples)
    sound = sound_of(rate_hz, 40 * rated.hop)
    seen, gains, output = look_inside(model, sound, rate_hz)
    spectra = mirror.stft(sound, rated)[: len(seen)]
    expected = mirror.features(model_spectra(spectra, rated), rated)
    sizes, bands = expected[:, : len(rated.band_starts())], len(rated.band_starts())
    assert np.abs(seen - expected)[:, :bands].mean() <= 2e-6 * sizes.mean()
    assert np.array_equal(gains, run(program, seen))
    cleaned = cleaned_at_rate(spectra, np.clip(gains, 0, 1), rated)
    lag = rated.delay_samples
    expected_sound = mirror.istft(cleaned, len(sound) - lag, rated)
    limit = 4 * np.sqrt(2) * rated.window * magnitude_error(rated.window, sound) / np.sqrt(rated.window)
    assert np.abs(output[lag:] - expected_sound).max() <= limit


@pytest.mark.parametrize("rate_hz", [44100, 48000])
def test_the_upper_band_is_silent_where_that_is_asked_for(rate_hz: int) -> None:
    program = program_of("bins")
    rated, model = rated_of(program, rate_hz), Model(program_to_bytes(program))
    sound = sound_of(1, 40 * rated.hop)
    kept, silent = (look_inside(model, sound, rate_hz, upper_band=each)[2] for each in (True, False))
    loud, faint = (np.abs(np.fft.rfft(each))[int(9000 / rate_hz * sound.size) :] for each in (kept, silent))
    assert np.mean(faint**2) < 0.01 * np.mean(loud**2)  # what leaks from below where gains change


@pytest.mark.parametrize("rate_hz", [11025, 48000])
def test_an_offset_is_removed_at_every_rate(rate_hz: int) -> None:
    program = random_program(1, bins=257)
    following = with_front_end(program, offset_alpha=0.02)
    rated = rated_of(following, rate_hz)
    sound = sound_of(2, 60 * rated.hop) + np.float32(0.3)
    expected = look_inside(Model(program_to_bytes(program)), without_offset(sound, rated), rate_hz)[2]
    found = look_inside(Model(program_to_bytes(following)), sound, rate_hz)[2]
    assert np.abs(found - expected).max() < 1e-5


@pytest.mark.parametrize("rate_hz", SIXTEENTHS)
def test_every_instruction_set_gives_the_same_bits(rate_hz: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = program_to_bytes(program_of("bands and phase"))
    sound = sound_of(4, rate_hz // 2)
    given = []
    for isa in instruction_sets():
        monkeypatch.setenv(ISA_ENVIRONMENT, isa)
        given.append(Denoiser(data)(sound, sample_rate_hz=rate_hz))
    assert all(np.array_equal(each, given[0]) for each in given)


def test_a_session_at_a_rate_without_a_window_is_refused() -> None:
    model = Model(program_to_bytes(program_of("bins")))
    assert model.format_at(37000) is None
    assert model.nearest_format(37000).sample_rate_hz == 44100
    assert model.nearest_format(192000).sample_rate_hz == 96000
    with pytest.raises(EngineError, match="cannot be scaled to this sample rate"):
        EngineSession(model, 37000)
    assert b"scaled" in library().linnet_status_text(ctypes.c_int(16))
