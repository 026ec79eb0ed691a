"""The running level that sizes are divided by: its recursion, its bounds, quiet and silence."""

import numpy as np
import pytest

from linnet.audio.stft import FrontEnd, compress, features, level_step, magnitude, mean_over_bins, stft
from tests.audio.test_stft import clip_of


def test_features_with_level_follow_the_recursion_frame_by_frame():
    front_end = FrontEnd(window=64, hop=16, level_time_constant_ms=20.0, level_initial=0.2, level_floor=0.05)
    spectra = stft(clip_of(6, 700), front_end)
    level, found = np.float32(0.2), features(spectra, front_end)
    assert found.dtype == np.float32
    for t, spectrum in enumerate(spectra):
        compressed = compress(magnitude(spectrum), front_end)
        level = level_step(level, mean_over_bins(compressed), front_end)
        assert np.array_equal(found[t], compressed / max(level, np.float32(0.05)))


def test_a_bounded_level_follows_from_quiet_to_loud_and_back_at_once():
    front_end = FrontEnd(
        level_time_constant_ms=1000.0, level_initial=0.1, level_floor=1e-4, level_least=0.75, level_most=2.0
    )
    clip = clip_of(8, 32000)
    clip[:8000] *= np.float32(1e-4)
    clip[16000:] *= np.float32(1e-4)
    sizes = features(stft(clip, front_end), front_end).mean(axis=1)
    assert sizes.max() < 1.34
    assert sizes.min() > 0.49
    unbounded = FrontEnd(level_time_constant_ms=1000.0, level_initial=0.1, level_floor=1e-4)
    free = features(stft(clip, unbounded), unbounded).mean(axis=1)
    assert free.max() > 3
    assert free.min() < 0.2


@pytest.mark.parametrize(
    "wrong", [{"level_least": 1.1}, {"level_least": -0.1}, {"level_most": 0.9}, {"level_most": float("nan")}]
)
def test_bounds_that_no_frame_lies_within_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FrontEnd(**wrong)


def test_bounds_without_a_level_are_refused() -> None:
    with pytest.raises(ValueError, match="level_time_constant_ms=0 has none"):
        FrontEnd(level_least=0.75, level_most=2.0)


def test_with_level_a_steady_sound_looks_alike_loud_and_quiet():
    front_end = FrontEnd(level_time_constant_ms=50.0, level_initial=0.1, level_floor=1e-4)
    clip = clip_of(7, 32000)
    loud, quiet = (features(stft(clip * gain, front_end), front_end)[200] for gain in (0.5, 0.5 / 64))
    # 200 frames of 8 ms are 32 time constants: nothing is left of the start but exp(-32)
    np.testing.assert_allclose(quiet, loud, rtol=1e-4)


def test_the_floor_keeps_silence_quiet():
    front_end = FrontEnd(level_time_constant_ms=50.0)
    assert not features(stft(np.zeros(16000, np.float32), front_end), front_end).any()


def test_the_level_stays_in_digital_silence():
    """Two seconds of it, 32 time constants: what follows is shown as if it had followed at once."""
    front_end, clip = FrontEnd(level_time_constant_ms=50.0, level_floor=1e-4), clip_of(8, 4096)
    window = np.zeros(front_end.window, np.float32)
    behind = features(stft(np.concatenate([clip, window, clip]), front_end), front_end)[-28:]
    paused = np.concatenate([clip, window, np.zeros(32000, np.float32), clip])
    assert np.array_equal(features(stft(paused, front_end), front_end)[-28:], behind)
