"""Training's own front end in JAX equals the one of audio/stft.py."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.audio.stft import FrontEnd, features, stft
from linnet.train.enhance import enhance, features_of

UNIT = 2.0**-24
FRONT_END = FrontEnd(window=64, hop=16, level_time_constant_ms=20.0)
CLIPS = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 900)).astype(np.float32)


@pytest.mark.parametrize("time_constant_ms", [0.0, 20.0])
def test_features_are_those_of_the_front_end(time_constant_ms):
    front_end = dataclasses.replace(FRONT_END, level_time_constant_ms=time_constant_ms)
    spectra = stft(CLIPS, front_end)
    found = jax.jit(lambda s: features_of(s, front_end))(spectra)
    assert found.dtype == np.float32
    # per magnitude 2 roundings, 8 for the mean of 33 bins, 3 a frame in a level that forgets at rate alpha, a division
    tolerance = (2 + 8 + (3 / front_end.level_alpha if time_constant_ms else 0) + 1) * UNIT
    np.testing.assert_allclose(np.swapaxes(found, 0, 1), features(spectra, front_end), rtol=2 * tolerance)


def test_gains_of_one_change_nothing_and_of_zero_leave_silence():
    same = jax.jit(lambda x: enhance(jnp.ones_like, x, FRONT_END))(CLIPS)
    np.testing.assert_allclose(same, CLIPS, rtol=0, atol=1e-5)
    silence = jax.jit(lambda x: enhance(jnp.zeros_like, x, FRONT_END))(CLIPS)
    assert not np.asarray(silence).any()
