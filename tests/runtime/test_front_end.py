"""The engine's front end is audio/stft.py's, but for rounding: how much that can be is derived here."""

from __future__ import annotations

import ctypes
from dataclasses import replace

import numpy as np
import pytest

from linnet.audio import stft as mirror
from linnet.audio.bands import merged
from linnet.audio.offset import without_offset
from linnet.audio.phases import SILENT_SQUARE
from linnet.ir import Program, program_to_bytes, run
from linnet.runtime import Model
from linnet.runtime.library import Block, library
from linnet.runtime.session import EngineSession
from tests.ir.programs import random_program, with_front_end

EPS = float(np.finfo(np.float32).eps) / 2  # one rounding


def front_end_of(program: Program) -> mirror.FrontEnd:
    spec = program.metadata.front_end
    alpha = spec.level_alpha
    frame_ms = 1000 * spec.hop / spec.sample_rate_hz
    time_constant = -frame_ms / np.log1p(-alpha) if alpha else 0.0
    return mirror.FrontEnd(
        sample_rate_hz=spec.sample_rate_hz,
        window=spec.window,
        hop=spec.hop,
        window_kind=spec.window_kind,  # type: ignore[arg-type]
        compression_roots=spec.compression_roots,
        level_time_constant_ms=float(time_constant),
        level_initial=spec.level_initial,
        level_floor=spec.level_floor,
        level_least=spec.level_least if alpha else 0.0,  # the engine reads bounds that hold nothing
        level_most=spec.level_most if alpha else 0.0,
        phase_bins=spec.phase_bins,
        band_ratio=spec.band_ratio,
        offset_time_constant_ms=-frame_ms / np.log1p(-spec.offset_alpha) if spec.offset_alpha else 0.0,
    )


def look_inside(model: Model, sound: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features [frames, inputs] and gains [frames, outputs] of every hop, and the output [samples]."""
    session, engine = EngineSession(model), library()
    hop = int(model.info.hop)
    sound_block, samples = Block.like((hop,), np.float32)
    feature_block, features = Block.like((int(model.info.input_width),), np.float32)
    gain_block, gains = Block.like((int(model.info.output_width),), np.float32)
    rows: list[tuple[np.ndarray, ...]] = []
    for first in range(0, len(sound), hop):
        samples[:] = sound[first : first + hop]
        pointer = sound_block.pointer
        EngineSession.check(engine.linnet_session_denoise(session.handle, pointer, pointer, 1))
        EngineSession.check(
            engine.linnet_session_last_frame(session.handle, feature_block.pointer, gain_block.pointer)
        )
        rows.append((features.copy(), gains.copy(), samples.copy()))
    seen, gained, output = (np.stack(column) for column in zip(*rows, strict=True))
    return seen, gained, output.reshape(-1)


def sound_of(seed: int, samples: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    loudness = np.repeat(10.0 ** rng.uniform(-4, 0, 1 + samples // 512), 512)[:samples]
    return (rng.normal(0, 0.3, samples) * loudness).clip(-1, 1).astype(np.float32)


def magnitude_error(window: int, sound: np.ndarray) -> float:
    """How far two float32 magnitudes of one bin can lie apart.

    Both FFTs give |error| <= c log2(window) EPS ||x||_2, with c < 4 for radix-4 steps (four roundings for two
    halvings, twice for the two machines, the window's rounding included), and ||x||_2 <= sqrt(window) max|x|; the
    analysis window scales by 1 / window.
    """
    return 8 * np.log2(window) * EPS * np.sqrt(window) * float(np.abs(sound).max()) / window


def size_limit(
    magnitudes: np.ndarray, expected: np.ndarray, error: float, front_end: mirror.FrontEnd
) -> np.ndarray:
    """Through the roots a magnitude m +- e comes between the roots of m - e and m + e; the level divides."""
    roots = 0.5**front_end.compression_roots
    spread = (magnitudes + error) ** roots - np.maximum(magnitudes - error, 0) ** roots
    limit = spread + 8 * EPS * magnitudes**roots
    if front_end.level_alpha:
        compressed = (magnitudes**roots).mean(axis=1, keepdims=True)
        floor = front_end.level_floor
        limit = (limit + (spread.mean(axis=1).max() + 400 * EPS * compressed) * expected) / floor
    return limit


def direction_limit(magnitudes: np.ndarray, error: float) -> np.ndarray:
    """How far u / (|u| + s) can lie apart for two products u of this spectrum and the one before, s as in phases.py.

    Where the products lie d apart that is at most 2 d / (|u| + s), and never more than 2. Both factors are off by
    `error`; product and turn round 20 times on the two machines together, length, quotient and feature 12 times.
    """
    before = np.concatenate([np.zeros_like(magnitudes[:1]), magnitudes[:-1]])
    product = magnitudes * before
    apart = error * (magnitudes + before) + error**2 + 20 * EPS * product
    return np.minimum(2 * apart / (product + SILENT_SQUARE), 2) + 12 * EPS


def mean_limit(limit: np.ndarray, sizes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """A mean is off as its bins are on average; both machines round each sum of `width` sizes, and twice behind it."""
    widths = np.diff(np.append(starts, sizes.shape[-1]))
    return (merged(limit, starts) + 2 * (widths + 2) * EPS * merged(sizes, starts)) * (1 + 1e-6)


@pytest.mark.parametrize("band_ratio", [0, 2, 16])
@pytest.mark.parametrize("seed", range(12))
def test_features_agree_within_rounding(seed: int, band_ratio: int) -> None:
    bins = (257, 33, 513)[seed % 3]
    phase = min(bins, (0, 20, 64, 513)[seed // 3])
    program = random_program(seed, bins=bins, density=0.3, phase_bins=phase, band_ratio=band_ratio)
    if seed >= 6:
        program = with_front_end(program, level_least=0.75, level_most=2.0)
    front_end = front_end_of(program)
    sound = sound_of(seed, 40 * front_end.hop)
    seen, _, _ = look_inside(Model(program_to_bytes(program)), sound)
    spectra = mirror.stft(sound, front_end)[: len(seen)]
    expected = mirror.features(spectra, front_end)
    sizes = mirror.features(spectra, replace(front_end, phase_bins=0, band_ratio=0))
    magnitudes = np.abs(spectra).astype(np.float64)
    error = magnitude_error(front_end.window, sound)
    limit = size_limit(magnitudes, sizes, error, front_end)
    of_phase = limit[:, :phase] + sizes[:, :phase] * direction_limit(magnitudes[:, :phase], error)
    of_bands = mean_limit(limit, sizes, front_end.band_starts()) if band_ratio else limit
    difference, bands = np.abs(seen - expected), of_bands.shape[1]
    assert np.all(difference <= np.concatenate([of_bands, of_phase, of_phase], axis=1))
    assert difference[:, :bands].mean() <= 1e-6 * sizes.mean()  # and far closer as a rule
    if phase:
        assert np.median(difference[:, bands:]) <= 2e-6 * np.abs(expected[:, bands:]).mean()
        assert np.abs(expected[:, bands:]).mean() > 0.1 * sizes.mean()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gains_are_the_interpreters_on_the_engines_features(seed: int) -> None:
    program = random_program(seed, phase_bins=(0, 64, 13)[seed], band_ratio=(0, 0, 16)[seed])
    sound = sound_of(seed, 200 * 128)
    seen, gains, _ = look_inside(Model(program_to_bytes(program)), sound)
    assert np.array_equal(gains, run(program, seen))


@pytest.mark.parametrize("band_ratio", [0, 2, 16, 64])
@pytest.mark.parametrize("phase_bins", [0, 1, 40, 65])
@pytest.mark.parametrize("seed", [0, 1, 4, 5])
def test_sound_is_the_mirrors_with_the_same_gains(seed: int, phase_bins: int, band_ratio: int) -> None:
    program = random_program(seed, bins=(257, 65)[seed % 2], phase_bins=phase_bins, band_ratio=band_ratio)
    front_end = front_end_of(program)
    sound = sound_of(seed, 60 * front_end.hop)
    _, gains, output = look_inside(Model(program_to_bytes(program)), sound)
    lag = front_end.delay_samples
    spectra = mirror.stft(sound, front_end)[: len(gains)]
    cleaned = mirror.cleaned(spectra, np.clip(gains, 0, 1), front_end)
    expected = mirror.istft(cleaned, len(sound) - lag, front_end)
    # Forward and inverse, each as above, the inverse gathering `window` bins and `overlaps` windows; a turn lengthens.
    limit = (
        2
        * np.sqrt(2)
        * front_end.window
        * magnitude_error(front_end.window, sound)
        / np.sqrt(front_end.window)
    )
    assert np.abs(output[lag:] - expected).max() <= limit


def test_a_window_that_is_no_denoisers_is_refused_by_the_engine_too() -> None:
    program = random_program(0, bins=9)
    spec = program.metadata.front_end
    object.__setattr__(spec, "window", 32)  # 17 bins, but the program has 9
    session = EngineSession(Model(program_to_bytes(program)))
    block = Block(1024)
    status = library().linnet_session_denoise(session.handle, block.pointer, block.pointer, 1)
    assert b"spectral bins" in library().linnet_status_text(ctypes.c_int(status))


@pytest.mark.parametrize(("seed", "bins"), [(0, 9), (1, 17), (2, 129), (3, 257)])
def test_the_engine_removes_the_offset_as_the_mirror_does_bit_for_bit(seed: int, bins: int) -> None:
    """So it hears and gives what it would for the sound without offset. Hops of 4 samples are summed in order."""
    program = random_program(seed, bins=bins)
    following = with_front_end(program, offset_alpha=0.02)
    hop = following.metadata.front_end.hop
    sound = sound_of(seed, 200 * hop) + np.float32(0.3)
    sound[20 * hop : 25 * hop] = 0
    expected = look_inside(Model(program_to_bytes(program)), without_offset(sound, front_end_of(following)))
    for found, wanted in zip(look_inside(Model(program_to_bytes(following)), sound), expected, strict=True):
        assert np.array_equal(found, wanted)
