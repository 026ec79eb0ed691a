"""Sound to sound through a float model, whole clips at once under jit: offset, STFT, features, gains, inverse STFT."""

from collections.abc import Callable

from jax import Array

from linnet.audio.phases import turned
from linnet.audio.stft import FrontEnd, of_every_bin
from linnet.tasks.features import features_of, heard
from linnet.tasks.spectra import Spectra, analyse, synthesise

Gains = Callable[[Array], Array]
"""Features [frames, batch, features] to gains [frames, batch, gains]."""


def enhance(gains_of: Gains, noisy: Array, front_end: FrontEnd, rate_hz: Array | None = None) -> Array:
    """Clips [batch, samples], every spectrum multiplied by its gains, and its lowest bins turned where asked for.

    `rate_hz`, int32 [batch], is the sample rate at which each clip is shown; None: that of the front end.
    """
    spectra = analyse(heard(noisy, front_end), front_end)
    gains, turns = of_every_bin(gains_of(features_of(spectra, front_end, rate_hz)), front_end)
    if front_end.phase_bins:
        spectra = Spectra(*turned(*spectra, turns))
    return synthesise(spectra, gains, noisy.shape[-1], front_end)
