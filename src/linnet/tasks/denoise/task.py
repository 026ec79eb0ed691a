"""Denoising as a task: noisy clips are shown as spectra, and the network's gains clean them.

Only what the contract asks for; mixtures.py mixes, enhance.py goes from sound to sound, losses.py judges.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jax import Array

from linnet.audio.mixing import Signal
from linnet.audio.rates import lower_rates
from linnet.audio.sources import Sources, list_folder
from linnet.audio.stft import FrontEnd
from linnet.runtime import Denoiser, Model
from linnet.tasks.contract import WHOLE, Apply, Examples, Measure, Share, Split, folder_of
from linnet.tasks.denoise.enhance import enhance
from linnet.tasks.denoise.losses import loss_of, si_snr_db
from linnet.tasks.denoise.mixtures import Batch, MixtureDataset, MixtureSettings
from linnet.tasks.denoise.pairing import training_set
from linnet.tasks.denoise.settings import VALIDATION, DataSettings, LossSettings
from linnet.tasks.features import features_of_clips

HIGHEST_DB = 100.0  # of a score: a clip that comes out as it should


@dataclass(frozen=True)
class Denoise:
    """The tables of a recipe that are denoising's own; see each table's own class."""

    front_end: FrontEnd = field(default_factory=FrontEnd)
    data: DataSettings = field(default_factory=DataSettings)
    mixtures: MixtureSettings = field(default_factory=MixtureSettings)
    validation: MixtureSettings = VALIDATION
    loss: LossSettings = field(default_factory=LossSettings)

    def __post_init__(self) -> None:
        if self.mixtures.low_rate_probability > 0:
            lower_rates(self.front_end)  # refuses where there is none

    name = "denoise"
    measure = Measure("si_snr_db", "SI-SNR", "dB", floor="noisy", short="db")

    @property
    def inputs(self) -> int:
        """Features of a frame."""
        return self.front_end.feature_count

    @property
    def outputs(self) -> int:
        """Gains of a frame."""
        return self.front_end.gain_count

    @property
    def frames_per_second(self) -> float:
        """Hops of a second."""
        return self.front_end.sample_rate_hz / self.front_end.hop

    @property
    def answers(self) -> tuple[str, ...]:
        """Cleaned sound."""
        return ("sound",)

    def _mixtures(self, split: Split) -> MixtureSettings:
        return self.mixtures if split in ("train", "calibration") else self.validation

    def batch_size(self, split: Split) -> int:
        """Clips of a batch."""
        return self._mixtures(split).batch

    def has(self, data: Path, split: Split) -> bool:
        """Whether there is speech."""
        return bool(list_folder(data, folder_of(split))["speech"])

    def examples(self, data: Path, split: Split, *, seed: int, share: Share = WHOLE) -> Examples[Batch]:
        """Mixtures of the recordings of a split.

        Raises:
            AudioError: the folder or its speech is missing, or a file cannot be read.
        """
        read = Sources.begin_folder if folder_of(split) == "train" else Sources.from_folder
        sources = read(
            data,
            folder_of(split),
            sample_rate_hz=self.front_end.sample_rate_hz,
            exclude_prefixes=self.data.exclude_prefixes,
        )
        if split == "train":
            return training_set(sources, self.mixtures, seed, share)
        return MixtureDataset(sources, self._mixtures(split), seed, share)

    def features(self, batch: Batch) -> Array:
        """Features of the noisy clips."""
        return features_of_clips(batch.noisy, self.front_end, batch.rate_hz)  # type: ignore[arg-type]

    def answer(self, apply: Apply, batch: Batch) -> Array:
        """Cleaned clips [batch, samples]."""
        return enhance(apply, batch.noisy, self.front_end, batch.rate_hz)  # type: ignore[arg-type]

    def objective(self, answer: Array, batch: Batch) -> Array:
        """How far the cleaned clips are from the clean ones."""
        return loss_of(self.loss, self.front_end, batch.clean, answer)  # type: ignore[arg-type]

    def imitate(self, answer: Array, taught: Array) -> Array:
        """How far they are from what the teacher cleaned."""
        return loss_of(self.loss, self.front_end, taught, answer)

    def score(self, answer: Array, batch: Batch) -> Array:
        """SI-SNR in dB per clip."""
        return si_snr_db(batch.clean, answer, limit_db=HIGHEST_DB)

    def floor(self, batch: Batch) -> Array:
        """SI-SNR in dB of the noisy clips."""
        return si_snr_db(batch.clean, batch.noisy, limit_db=HIGHEST_DB)

    def sounds(self, batch: Batch) -> Signal:
        """The noisy clips."""
        return batch.noisy

    def answer_of(self, model: Model, batch: Batch) -> Signal:
        """The clips as the engine cleans them."""
        clean = Denoiser(model)
        rate_hz = self.front_end.sample_rate_hz
        return np.stack([clean(clip, sample_rate_hz=rate_hz) for clip in np.asarray(batch.noisy)])

    def learned(self, updates: int) -> dict[str, Any]:
        """Hours of mixtures."""
        seconds = updates * self.mixtures.batch * self.mixtures.clip_seconds
        return {"audio_hours": round(seconds / 3600, 1)}

    def origin(self, data: Path, examples: Any) -> str:
        """Hours of each kind, what was generated, and the collections a manifest names, each with its licences."""
        hours = ", ".join(f"{kind} {value:.2f} h" for kind, value in examples.sources.hours().items())
        text = f"{hours}; plus noise generated by linnet.audio.synthetic"
        manifest = data / "manifest.csv"
        if not manifest.exists():
            return text
        licences: dict[str, set[str]] = defaultdict(set)
        with open(manifest, newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                excluded = Path(row["path"]).name.startswith(self.data.exclude_prefixes)
                if row.get("split", "train") == "train" and not excluded:
                    collection = re.split(r" \(|:|,", row.get("origin", "unnamed"))[0]
                    licences[collection].add(row.get("licence", "not stated"))
        named = (f"{name} ({', '.join(sorted(found))})" for name, found in sorted(licences.items()))
        return f"{text}. Recordings: {'; '.join(named)}"
