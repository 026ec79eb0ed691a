"""Mixtures of speech, noise and rooms for training and evaluation: batch `i` is a pure function of (seed, i).

Nothing remembers: to resume, ask for the next index. What the recordings are is the business of
sources.py, how two signals are added that of mixing.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linnet.audio.mixing import SILENCE, active_level, apply_room, mix
from linnet.audio.rates import rates_below
from linnet.audio.render import (
    as_recorded_at,
    cut_peaks,
    cut_speech,
    narrow_band,
    recorded_noise,
    tone_filter,
)
from linnet.audio.sources import Sources
from linnet.audio.synthetic import any_noise, babble, steady, wind
from linnet.tasks.contract import WHOLE, Examples, Share, refuse_odd_shares_and_ranges

Signal = NDArray[np.float32]
Cut = tuple[Signal, str]
"""Sound [samples] and its name."""
Range = tuple[float, float]
FARTHEST_DB = 100.0
"""Speech and noise lie no further apart: floats would not hold the quieter one."""


@dataclass(frozen=True)
class MixtureSettings:
    """How clips are mixed. Ranges are drawn from uniformly; probabilities lie in 0..1.

    The defaults are for training; `snr_db` and `level_dbfs` are measured on the active parts.
    """

    clip_seconds: float = 4.0
    batch: int = 16
    snr_db: Range = (-5.0, 20.0)
    level_dbfs: Range = (-38.0, -15.0)
    clean_probability: float = 0.03
    """Share of clips without any noise: what is clean must stay as it is."""
    padded_probability: float = 0.1
    """Share of clips where speech fills only a quarter to nine tenths, with noise alone around it."""
    room_probability: float = 0.4
    generated_noise_probability: float = 0.2
    """Share of noises that are generated, not recorded (all of them where there are no noise recordings)."""
    babble_probability: float = 0.05
    """Share of noises that are other voices of the speech pool, three to eight at once."""
    steady_probability: float = 0.0
    """Share of noises that are tones, buzz or hum that never changes."""
    wind_probability: float = 0.0
    """Share of noises that are wind in a microphone: rumble in gusts."""
    noise_only_probability: float = 0.0
    """Share of clips without any speech: what is noise must go."""
    narrow_probability: float = 0.0
    """Share of clips of a narrow band, as telephones, low sample rates and codecs leave it."""
    low_rate_probability: float = 0.0
    """Share of clips recorded at a lower sample rate, 8 to 12 kHz, which are shown as such (audio/rates.py)."""
    clipped_probability: float = 0.0
    """Share of clips whose peaks are cut, as by an overloaded input; what is wanted is the speech without the cuts."""
    second_noise_probability: float = 0.3
    second_noise_db: Range = (-14.0, 0.0)
    """Level of the second noise against the first."""
    tone_probability: float = 0.5
    """Share of speech, and of noise, passed through a gentle random filter, as of a microphone."""
    speed_probability: float = 0.5
    """Share of speech, and of noise, that is played faster or slower; pitch moves along."""
    noise_speed: Range = (0.8, 1.25)
    speech_speed: Range = (0.9, 1.1)
    reuse: int = 1
    """How many mixtures each cut of speech and of noise is part of, each time with another partner, ratio and level:
    cutting and filtering take most of the time of mixing (pairing.py)."""

    def __post_init__(self) -> None:
        if not 1 <= self.reuse <= 32:
            raise ValueError(
                f"reuse={self.reuse} uses cuts never, or twice with the same partner; give 1 (each once) to 32."
            )
        if not (0 < self.clip_seconds <= 3600 and self.batch >= 1):
            raise ValueError(
                f"clip_seconds={self.clip_seconds} and batch={self.batch} make no batch; "
                "choose 0 < clip_seconds <= 3600 and batch >= 1."
            )
        refuse_odd_shares_and_ranges(self)
        if not (self.snr_db[0] >= -FARTHEST_DB and self.snr_db[1] <= FARTHEST_DB):
            raise ValueError(
                f"snr_db={self.snr_db} leaves speech or noise silent; stay within {-FARTHEST_DB:g} to {FARTHEST_DB:g}."
            )
        for name in ("noise_speed", "speech_speed"):
            slowest, fastest = getattr(self, name)
            if not (slowest >= 0.5 and fastest <= 2.0):
                raise ValueError(
                    f"{name}={getattr(self, name)} is beyond hearing the same thing; stay within 0.5 to 2."
                )


class Batch(NamedTuple):
    """Both float32 [batch, samples]; `clean` is the speech in its room, at its level inside `noisy`."""

    noisy: Signal
    clean: Signal
    rate_hz: NDArray[np.int32] | None = None
    """At which sample rate each clip was recorded and is shown, int32 [batch]; None: all at the rate they have."""


class Clip(NamedTuple):
    """One mixture, float32 [samples] each. `noisy` = `clean` + `noise`. `snr_db` is +inf without noise, -inf without
    speech."""

    noisy: Signal
    clean: Signal
    noise: Signal
    snr_db: float
    contents: str
    """Names of what was mixed, joined with +, for reports."""
    rate_hz: int
    """At which sample rate it was recorded; where that is lower than it has, nothing lies above half of it."""


ClipDataset = Examples[Batch]
"""What gives mixtures, batch by batch."""


@dataclass(frozen=True)
class MixtureDataset:
    """Endless mixtures of `sources`: the same seed and index give the same samples, whatever came before."""

    sources: Sources
    settings: MixtureSettings
    seed: int = 0
    share: Share = WHOLE

    @property
    def samples(self) -> int:
        """Length of a clip."""
        return round(self.settings.clip_seconds * self.sources.sample_rate_hz)

    def batch(self, index: int) -> Batch:
        """Clips index*batch .. index*batch+batch-1, of those our share, stacked: float32 [rows, samples].

        No clip comes twice, to no process: its number is its seed.
        """
        rows = self.share.rows(self.settings.batch)
        return self.stacked([self.clip(index * self.settings.batch + row) for row in rows])

    def stacked(self, clips: Sequence[Clip]) -> Batch:
        """A batch of clips."""
        low = self.settings.low_rate_probability > 0
        return Batch(
            np.stack([clip.noisy for clip in clips]),
            np.stack([clip.clean for clip in clips]),
            np.array([clip.rate_hz for clip in clips], np.int32) if low else None,
        )

    def clip(self, index: int) -> Clip:
        """Mixture number `index` >= 0."""
        rng = np.random.default_rng([self.seed, index])
        return self.mixed(rng, self.speech(rng), lambda: self.noise(rng))

    def mixed(self, rng: np.random.Generator, speech: Cut, noise: Callable[[], Cut]) -> Clip:
        """The mixture of two cuts at a ratio and a level drawn by `rng`; `noise` is called where there is to be any."""
        settings, (voice, speaker), rate_hz = self.settings, speech, self.sources.sample_rate_hz
        snr_db, level_dbfs = rng.uniform(*settings.snr_db), rng.uniform(*settings.level_dbfs)
        if rng.random() < settings.clean_probability:
            mixture = mix(voice, np.zeros_like(voice), snr_db=0.0, level_dbfs=level_dbfs)
            return Clip(mixture.noisy, mixture.clean, mixture.noise, np.inf, speaker, rate_hz)
        sound, heard = noise()
        if drawn(rng, settings.noise_only_probability):
            mixture = mix(np.zeros_like(voice), sound, snr_db=0.0, level_dbfs=level_dbfs)
            return Clip(mixture.noisy, mixture.clean, mixture.noise, -np.inf, heard, rate_hz)
        if drawn(rng, settings.narrow_probability):
            voice, sound = narrow_band(rng, rate_hz, voice, sound)
        elif drawn(rng, settings.low_rate_probability):
            recorded_hz = int(rng.choice(rates_below(rate_hz)))
            voice, sound = as_recorded_at(recorded_hz, rate_hz, voice, sound)
            rate_hz = recorded_hz
        noisy, clean, rest = mix(voice, sound, snr_db=snr_db, level_dbfs=level_dbfs)
        if drawn(rng, settings.clipped_probability):
            noisy = cut_peaks(rng, noisy)
            rest = noisy - clean
        return Clip(noisy, clean, rest, float(snr_db), f"{speaker}+{heard}", rate_hz)

    def _speed(self, rng: np.random.Generator, speeds: Range) -> float:
        return rng.uniform(*speeds) if rng.random() < self.settings.speed_probability else 1.0

    def speech(self, rng: np.random.Generator) -> Cut:
        """A cut of speech in its room, as long as a clip."""
        settings, total = self.settings, self.samples
        filled = total
        if rng.random() < settings.padded_probability:
            filled = max(1, round(total * rng.uniform(0.25, 0.9)))
        speech, name = cut_speech(rng, self.sources.speech, filled, self._speed(rng, settings.speech_speed))
        if rng.random() < settings.tone_probability:
            speech = tone_filter(rng, speech)
        if filled < total:
            before = int(rng.integers(0, total - filled + 1))
            speech = np.pad(speech, (before, total - filled - before))
        if self.sources.rooms and rng.random() < settings.room_probability:
            room = self.sources.rooms[int(rng.integers(len(self.sources.rooms)))]
            speech = apply_room(speech, room.cut(0, room.samples))
        return speech, name

    def noise(self, rng: np.random.Generator) -> Cut:
        """A cut of noise, as long as a clip."""
        noise, name = self._one_noise(rng)
        if rng.random() < self.settings.second_noise_probability:
            second, other = self._one_noise(rng)
            loud, faint = active_level(noise), active_level(second)
            if loud > SILENCE and faint > SILENCE:
                ratio = loud / faint * 10 ** (rng.uniform(*self.settings.second_noise_db) / 20)
                noise, name = noise + second * np.float32(ratio), f"{name}+{other}"
        return noise, name

    def _one_noise(self, rng: np.random.Generator) -> tuple[Signal, str]:
        settings, pools, kind = self.settings, self.sources, rng.random()
        if kind < settings.babble_probability:
            voices = [
                cut_speech(rng, pools.speech, self.samples, 1.0)[0] for _ in range(int(rng.integers(3, 9)))
            ]
            return babble(voices), "babble"
        if drawn(rng, settings.steady_probability):
            return steady(rng, self.samples, pools.sample_rate_hz), "steady"
        if drawn(rng, settings.wind_probability):
            return wind(rng, self.samples, pools.sample_rate_hz), "wind"
        if not pools.noise or kind < settings.babble_probability + settings.generated_noise_probability:
            return any_noise(rng, self.samples, pools.sample_rate_hz)
        noise, name = recorded_noise(rng, pools.noise, self.samples, self._speed(rng, settings.noise_speed))
        if rng.random() < settings.tone_probability:
            noise = tone_filter(rng, noise)
        return noise, name


def drawn(rng: np.random.Generator, probability: float) -> bool:
    """Whether an event of this probability happens; what never does draws nothing, so that what follows stays."""
    return probability > 0 and rng.random() < probability
