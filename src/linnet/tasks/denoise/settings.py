"""The tables of a recipe that say what denoising learns: which recordings, which mixtures, pulled by which loss.

How clips are mixed is a table, too: `MixtureSettings` of mixtures.py.
"""

import dataclasses
from dataclasses import dataclass
from math import isfinite

from linnet.tasks.denoise.mixtures import MixtureSettings


@dataclass(frozen=True)
class LossSettings:
    """Weights of ratios in dB, each clip's held softly below `limit_db`, and of distances of compressed spectra.

    The distances are mean squares over all frames and bins of spectra whose magnitudes are raised to the power 0.3:
    of the magnitudes alone, of the complex numbers, and (`missing`) of the magnitudes where the estimate is too small:
    speech that is lost, in place of noise that is left (losses.py). `disturbance` weighs the points of PESQ that a clip
    loses by a simplified model of hearing (disturbance.py).
    """

    si_snr: float = 0.0
    snr: float = 1.0
    limit_db: float = 35.0
    magnitude: float = 0.0
    complex: float = 0.0
    missing: float = 0.0
    disturbance: float = 0.0

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if not (value >= 0 and isfinite(value)):
                raise ValueError(f"{each.name}={value} weighs nothing; give a finite number, 0 or more.")
        if not any((self.si_snr, self.snr, self.disturbance, *self.distances)):
            raise ValueError(
                "every term weighs 0, so nothing would be learned; give snr, or another term, a weight."
            )

    @property
    def distances(self) -> tuple[float, float, float]:
        """Weights of the distances of compressed spectra: magnitude, complex, missing."""
        return self.magnitude, self.complex, self.missing


@dataclass(frozen=True)
class DataSettings:
    """Which recordings of the data folder are left out: file names that start with one of these."""

    exclude_prefixes: tuple[str, ...] = ()


VALIDATION = MixtureSettings(
    batch=16,
    level_dbfs=(-35.0, -15.0),
    clean_probability=0.0,
    padded_probability=0.0,
    room_probability=0.0,
    generated_noise_probability=0.1,
    babble_probability=0.0,
    tone_probability=0.0,
    noise_speed=(1.0, 1.0),
    speech_speed=(1.0, 1.0),
)
"""What recipes are scored on unless they say otherwise: recordings as they are, at -5 to 20 dB."""
