"""`linnet bench quality`: models and other denoisers on one set, by every measure. bench/quality.py measures."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import UseAppendAction, arg

from linnet.apps.bench import picture, quality_tables
from linnet.apps.desk.console import counted, finite, stderr, stdout
from linnet.apps.desk.contenders import OWN_HELP, PEER_HELP, contenders
from linnet.apps.desk.outputs import refuse_unwritable_in
from linnet.apps.desk.refusal import Refusal
from linnet.audio.sources import Sources
from linnet.bench.cleaners import Cleaner, CommandCleaner, Untouched, real_time_factor
from linnet.bench.machine import machine
from linnet.bench.quality import (
    Row,
    SetClip,
    clips_of_folder,
    clips_of_mixtures,
    grouped,
    installed_measures,
    means,
    means_of,
    measured,
    of_references,
)
from linnet.output.atomic import write_together
from linnet.output.quoting import shell
from linnet.tasks.denoise.mixtures import MixtureDataset, MixtureSettings

CLIPS_FOR_DELAY = 5

WRITTEN = ("quality.md", "quality.json", "quality.png")


@dataclass(frozen=True)
class Quality:
    """Compare models and other denoisers on one set: SI-SNR, PESQ, STOI, DNSMOS, products, delay, time.

    The noisy recordings come first, the clean references last: DNSMOS hears no reference, so theirs is what a denoiser
    reaches that leaves exactly the speech. Other denoisers are commands (--peer), and those of packages that carry
    their weights (--packaged). PESQ, STOI and DNSMOS need the extra [metrics].
    """

    set: Annotated[Path | None, arg(metavar="DIR")] = None
    """A set that `linnet data synthesize` wrote: noisy/ and clean/."""

    data: Annotated[Path | None, arg(metavar="DIR")] = None
    """Recordings to mix, as `linnet data synthesize` does, in place of a set."""

    split: Annotated[str | None, arg(metavar="train|val|test")] = "test"
    """Which recordings of --data."""

    clips: int = 100
    """How many mixtures of --data, or at most how many clips of --set."""

    seed: int = 0
    """Of the mixtures of --data."""

    model: Annotated[tuple[str, ...], arg(help=OWN_HELP)] = ()

    peer: Annotated[UseAppendAction[tuple[str, ...]], arg(help=PEER_HELP)] = ()

    packaged: bool = False
    """Add RNNoise, NSNet2, DTLN and DeepFilterNet 3 where their packages are installed."""

    out: Annotated[Path | None, arg(aliases=["-o"], metavar="DIR")] = None
    """Write quality.md, quality.json and quality.png into this folder."""

    def run(self) -> None:
        """Measure and print.

        Raises:
            Refusal: there is no set, or a denoiser that is named cannot be had.
        """
        if self.out is not None:
            picture.require()
        clips = self._clips()
        if self.out is not None:
            refuse_unwritable_in(self.out, WRITTEN)
        cleaners, missing = self._cleaners(clips)
        measures, unmeasured = installed_measures()
        for line in missing + unmeasured:
            stderr.print(f"not here: {line}", highlight=False)
        measuring = counted(measured(clips, cleaners, measures), "measuring", len(clips) * len(cleaners))
        rows = list(measuring)
        references = counted(of_references(clips, measures), "judging the references", len(clips))
        found = self._result(clips, cleaners, rows) | {
            "reference": means_of(list(references)),
            "missing": missing + unmeasured,
        }
        stdout.print(quality_tables.markdown(found), markup=False, highlight=False, soft_wrap=True)
        if self.out is not None:
            self._write(found)

    def _clips(self) -> list[SetClip]:
        if (self.set is None) == (self.data is None) or self.clips < 1:
            raise Refusal(
                "either a set (--set DIR) or recordings to mix (--data DIR) are measured, at least one clip; name one "
                "of them."
            )
        if self.set is not None:
            return clips_of_folder(self.set)[: self.clips]
        settings = MixtureSettings(clean_probability=0.0, clip_seconds=10.0)
        sources = Sources.from_folder(str(self.data), self.split)
        return clips_of_mixtures(MixtureDataset(sources, settings, self.seed), self.clips)

    def _cleaners(self, clips: list[SetClip]) -> tuple[list[Cleaner], list[str]]:
        first = [clip.sounds() for clip in clips[:CLIPS_FOR_DELAY]]
        heard = [(sounds.noisy, sounds.rate_hz) for sounds in first]
        return contenders(self.model, self.peer, heard, packaged=self.packaged)

    def _result(self, clips: list[SetClip], cleaners: list[Cleaner], rows: list[Row]) -> dict[str, Any]:
        timed = clips[0].sounds()
        of_cleaner = grouped(rows, lambda row: row.cleaner)
        entries = []
        for cleaner in cleaners:
            own = of_cleaner[cleaner.name]
            is_noisy = isinstance(cleaner, Untouched)
            entries.append(
                {
                    "name": cleaner.name,
                    "facts": asdict(cleaner.facts),
                    "aligned_by_ms": cleaner.lag_ms if isinstance(cleaner, CommandCleaner) else None,
                    "real_time_factor": None
                    if is_noisy
                    else real_time_factor(cleaner, timed.noisy, timed.rate_hz),
                    "mean": means(own),
                    "by_kind": {
                        kind: means(some) for kind, some in grouped(own, lambda row: row.kind).items()
                    },
                    "by_ratio": {
                        ratio: means(some) for ratio, some in grouped(own, lambda row: row.ratio).items()
                    },
                    "clips": {row.clip: row.figures for row in own},
                }
            )
        return {
            "measured_by": f"linnet bench quality {self._words()}",
            "format": 1,
            "date": date.today().isoformat(),
            "machine": machine(),
            "clips": len(clips),
            "denoisers": entries,
        }

    def _words(self) -> str:
        source = (
            f"--set {shell(self.set)}"
            if self.set
            else f"--data {shell(self.data or '')} --split {self.split}"
        )
        words = f"{source} --clips {self.clips}" + (f" --seed {self.seed}" if self.data else "")
        if self.model:
            words += f" --model {' '.join(shell(name) for name in self.model)}"
        return words + "".join(f" --peer {shell(text)}" for text in self.peer) + " --packaged" * self.packaged

    def _write(self, found: dict[str, Any]) -> None:
        assert self.out is not None
        texts = (quality_tables.markdown(found), json.dumps(finite(found), indent=2) + "\n")
        contents = (*(text.encode() for text in texts), picture.draw_quality(found))
        write_together({self.out / name: data for name, data in zip(WRITTEN, contents, strict=True)})
        stdout.print(f"written: {self.out}/quality.md, .json, .png", highlight=False, soft_wrap=True)
