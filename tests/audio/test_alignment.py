"""The delay between two recordings is found, whichever comes first."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.audio.alignment import lag_of, shifted


@pytest.mark.parametrize("lag", [-37, 0, 480])
def test_a_delay_is_found_beneath_noise_and_taken_back(lag: int) -> None:
    rng = np.random.default_rng(1)
    sound = rng.normal(0, 0.1, 8000).astype(np.float32)
    late = shifted(sound, -lag, sound.size)
    assert lag_of(sound, 0.3 * late + rng.normal(0, 0.05, sound.size).astype(np.float32), most=1000) == lag
    back = shifted(late, lag, sound.size)
    assert np.array_equal(back[500:7000], sound[500:7000])


def test_silence_has_no_delay_and_what_is_missing_is_silent() -> None:
    sound = np.ones(10, np.float32)
    assert lag_of(sound, np.zeros(10, np.float32), most=5) == 0
    assert shifted(sound, 4, 10).tolist() == [1.0] * 6 + [0.0] * 4
    assert shifted(sound, -4, 10).tolist() == [0.0] * 4 + [1.0] * 6
