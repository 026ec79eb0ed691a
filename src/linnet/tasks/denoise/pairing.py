"""Mixtures from cuts that are used several times, each time with another partner: training's quick form of mixtures.py.

Cutting, changing speed, filtering and rooms take most of the time of a mixture. Here every row of a batch has SPACING
cuts of speech and as many of noise for `reuse` * SPACING batches. Each is used `reuse` times, SPACING batches apart,
never twice with the same partner, and every mixture has a ratio and a level of its own.

Still batch `i` is a pure function of (seed, i), and so is each of its rows: processes may share a batch, and a run goes
on anywhere. What is kept between batches is only what would be cut anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np

from linnet.audio.sources import Sources
from linnet.tasks.contract import WHOLE, Share
from linnet.tasks.denoise.mixtures import Batch, ClipDataset, Cut, MixtureDataset, MixtureSettings

SPACING = 32
"""Batches between two uses of a cut: at 4, short runs lost 0.2 dB."""

SPEECH, NOISE, MIXTURE = range(3)  # third part of a seed, apart from the two parts that mixtures.py uses


@dataclass(frozen=True)
class PairedDataset:
    """The batches of `mixtures`, whose settings ask for cuts that are used `reuse` times."""

    mixtures: MixtureDataset
    _cut: Callable[[int, int], Cut] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = len(self.mixtures.share.rows(self.mixtures.settings.batch))
        kept = 2 * rows * SPACING  # speech and noise of the batches at hand
        object.__setattr__(self, "_cut", lru_cache(maxsize=kept)(self._cut_anew))

    def batch(self, index: int) -> Batch:
        """Batch number `index` >= 0, of it the rows of our share: float32 [rows, samples]."""
        settings = self.mixtures.settings
        group, place = divmod(index, settings.reuse * SPACING)
        turn, slot = divmod(place, SPACING)
        clips = []
        for row in self.mixtures.share.rows(settings.batch):
            of_row = group * SPACING * settings.batch + row
            speech = of_row + slot * settings.batch
            noise = of_row + (slot + turn) % SPACING * settings.batch
            rng = self._generator(MIXTURE, index * settings.batch + row)
            heard = self._cut(SPEECH, speech)
            clips.append(self.mixtures.mixed(rng, heard, partial(self._cut, NOISE, noise)))
        return self.mixtures.stacked(clips)

    def _cut_anew(self, kind: int, number: int) -> Cut:
        rng = self._generator(kind, number)
        return self.mixtures.speech(rng) if kind == SPEECH else self.mixtures.noise(rng)

    def _generator(self, kind: int, number: int) -> np.random.Generator:
        return np.random.default_rng([self.mixtures.seed, kind, number])


def training_set(sources: Sources, settings: MixtureSettings, seed: int, share: Share = WHOLE) -> ClipDataset:
    """The endless batches that settings describe, of each the rows of `share`."""
    mixtures = MixtureDataset(sources, settings, seed, share)
    return mixtures if settings.reuse == 1 else PairedDataset(mixtures)
