"""Phases: how a tone advances from frame to frame, and how far an answer turns a bin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.audio.phases import advance, turns_per_hop
from linnet.audio.stft import FrontEnd, cleaned, stft


def advances(clip: np.ndarray, front_end: FrontEnd) -> tuple[np.ndarray, np.ndarray]:
    spectra = stft(clip.astype(np.float32), front_end)
    turns = turns_per_hop(front_end.phase_bins, front_end.window, front_end.hop)
    return advance(spectra.real, spectra.imag, turns)


def test_the_phase_of_a_tone_in_the_middle_of_its_bin_does_not_advance():
    front_end = FrontEnd(phase_bins=64)
    cosines, sines = advances(0.5 * np.sin(2 * np.pi * 20 * np.arange(4000) / 512), front_end)
    assert cosines.shape[1] == 64
    np.testing.assert_allclose(cosines[5:20, 20], 1, atol=1e-5)
    np.testing.assert_allclose(sines[5:20, 20], 0, atol=1e-4)


@pytest.mark.parametrize("off", [-0.4, 0.25])
def test_a_tone_beside_the_middle_advances_by_its_distance(off):
    front_end = FrontEnd(window=256, hop=64, phase_bins=40)
    cosines, sines = advances(0.5 * np.cos(2 * np.pi * (20 + off) * np.arange(4000) / 256), front_end)
    expected = 2 * np.pi * off * front_end.hop / front_end.window
    np.testing.assert_allclose(np.arctan2(sines, cosines)[6:20, 20], expected, atol=2e-3)


def test_silence_and_the_first_frame_have_no_phase():
    clip = np.random.default_rng(1).uniform(-1, 1, 4000)
    clip[2000:] = 0
    both = np.stack(advances(clip, FrontEnd(window=256, hop=64, phase_bins=40)))
    assert not both[:, 0].any()
    assert both[:, 5, 1:].all()  # bin 0 of a real signal has no phase
    assert not both[:, 40:].any()


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_turning_by_one_half_is_none_and_by_all_45_degrees(seed):
    front_end = FrontEnd(window=64, hop=16, phase_bins=7)
    spectra = stft(np.random.default_rng(seed).uniform(-1, 1, 200).astype(np.float32), front_end)
    gains = np.random.default_rng(seed).uniform(0, 1, (*spectra.shape[:-1], 40)).astype(np.float32)
    gains[..., 33:] = 0.5
    np.testing.assert_allclose(cleaned(spectra, gains, front_end), spectra * gains[..., :33], atol=1e-7)
    gains[..., 33:] = 1.0
    full = cleaned(spectra, gains, front_end)
    np.testing.assert_allclose(full[..., :7], (spectra * gains[..., :33])[..., :7] * (1 + 1j), atol=1e-6)
    np.testing.assert_allclose(full[..., 7:], (spectra * gains[..., :33])[..., 7:], atol=1e-7)
