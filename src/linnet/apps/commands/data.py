"""`linnet data`: test sets that stay the same, folders of texts, and what folders of recordings hold.

The work is audio/'s and that of the tasks.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from rich.table import Table
from tyro.conf import Positional, arg, subcommand

from linnet.apps.desk.console import counted, stderr, stdout
from linnet.apps.desk.refusal import Refusal
from linnet.audio.sources import Sources
from linnet.audio.statistics import FolderStatistics, statistics
from linnet.output.quoting import shell
from linnet.tasks.denoise.dns_challenge import synthesize_set
from linnet.tasks.denoise.kinds import generated_sources, write_kinds
from linnet.tasks.denoise.mixtures import MixtureSettings
from linnet.tasks.text.splitting import split_texts


@dataclass(frozen=True)
class Synthesize:
    """Write a fixed test set: mixtures of speech, noise and rooms, in the layout of the Intel N-DNS challenge.

    The same recordings and options give the same bytes. The set has noisy/, clean/ and noise/, whose files are paired
    by fileid_N, and the list mixtures.csv.
    """

    data: Annotated[Path, arg(metavar="DIR")]
    """Recordings: a folder with speech/, noise/ and optionally rir/ and manifest.csv."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="DIR")]
    """The folder to write, new or empty."""

    split: Annotated[str | None, arg(metavar="train|val|test")] = "test"
    """Which recordings to mix."""

    clips: int = 100
    """How many mixtures."""

    seconds: float = 10.0
    """Length of each."""

    snr_db: tuple[float, float] = (-5.0, 20.0)
    """Lowest and highest ratio of speech to noise; each mixture draws one in this range."""

    seed: int = 0
    """Another seed gives other mixtures."""

    def run(self) -> None:
        """Mix and write.

        Raises:
            AudioError: there are no such recordings, or the folder cannot be written.
        """
        sources = Sources.from_folder(self.data, self.split)
        settings = MixtureSettings(snr_db=self.snr_db, clean_probability=0.0)
        pairs = synthesize_set(sources, settings, self.out, self.clips, self.seed, self.seconds)
        written = sum(1 for _ in counted(pairs, "mixing", self.clips))
        stdout.print(
            f"{self.out}: {written} mixtures of {self.seconds:g} s; "
            f"linnet evaluate --noisy {shell(self.out / 'noisy')} --clean {shell(self.out / 'clean')} scores them."
        )


@dataclass(frozen=True)
class Kinds:
    """Write a fixed test set of the kinds of sound on which denoisers fail; `linnet bench kinds` judges by it.

    Steady noise with and without speech, narrow bands, an offset, very quiet and clipped sound, beginnings, rooms, two
    speakers, music and laughter. The same recordings and options give the same bytes.
    """

    out: Annotated[Path, arg(aliases=["-o"], metavar="DIR")]
    """The folder to write, new or empty."""

    data: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="(default: none)")] = None
    """Recordings, as for `linnet data synthesize`."""

    split: Annotated[str | None, arg(metavar="train|val|test")] = "test"
    """Which recordings of --data."""

    speech: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="(default: none)")] = None
    """Clean speech only, instead of --data. Without either, voices are generated and have no words."""

    clips: int = 20
    """How many of each kind."""

    seconds: float = 6.0
    """Length of each."""

    seed: int = 0
    """Another seed gives other clips."""

    def run(self) -> None:
        """Make and write.

        Raises:
            Refusal: both --data and --speech are given.
            AudioError: there are no such recordings, or the folder cannot be written.
        """
        if self.data is not None and self.speech is not None:
            raise Refusal("--data and --speech both choose the voices; give only one of them.")
        if self.data is not None:
            sources = Sources.from_folder(self.data, self.split)
        elif self.speech is not None:
            sources = Sources.from_folders([self.speech])
        else:
            sources = generated_sources(self.seed)
        made = write_kinds(sources, self.out, clips=self.clips, seconds=self.seconds, seed=self.seed)
        written = sum(1 for _ in made)
        stdout.print(
            f"{self.out}: {written} clips; linnet bench kinds --set {shell(self.out)} judges by them.",
            soft_wrap=True,
        )


@dataclass(frozen=True)
class Statistics:
    """Describe folders of recordings: duration, level, sample rates, and problems."""

    folders: Annotated[
        tuple[Path, ...], arg(name="dir", metavar="DIR...", help_behavior_hint="(required)"), Positional
    ]
    """Folders; speech/, noise/, train/, ... within them are counted separately."""

    json: bool = False
    """Print everything as JSON."""

    def run(self) -> None:
        """Read every file and print a line per folder.

        Raises:
            AudioError: a folder is missing or holds no audio.
        """
        rows = list(statistics(self.folders))
        if self.json:
            print(json.dumps([dataclasses.asdict(row) for row in rows], indent=2))
            return
        print_statistics(rows)
        for row in rows:
            for reason in row.unreadable:
                stderr.print(f"not read: {reason}", highlight=False)


@dataclass(frozen=True)
class Split:
    """Cut texts into parts to train, validate and test on, by position: a folder for recipes of the task text."""

    texts: Annotated[
        tuple[Path, ...], arg(name="text", metavar="TEXT...", help_behavior_hint="(required)"), Positional
    ]
    """Files of any bytes."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="DIR")]
    """The folder to write; it gets train/, val/ and test/."""

    val: float = 0.05
    """Share of each text that goes to val, behind what goes to train."""

    test: float = 0.05
    """Share of each text that goes to test: its end."""

    def run(self) -> None:
        """Cut and write.

        Raises:
            Refusal: no text came.
            TextError: the shares are none, or a file is there already.
            WriteError: the folder cannot be written.
        """
        if not self.texts:
            raise Refusal("no text came, so there is nothing to split; name one or more files.")
        sizes = split_texts(self.texts, self.out, val=self.val, test=self.test)
        told = ", ".join(f"{size} bytes of {split}" for split, size in sizes.items())
        stdout.print(f"{self.out}: {told}", soft_wrap=True)


WIDEST_FOLDER = 12
"""Characters of a path that stand in the table; longer ones stand above it, by number."""


def print_statistics(rows: list[FolderStatistics]) -> None:
    """Print one line per folder; where paths are long, they come first and the lines have their numbers."""
    names = [row.folder for row in rows]
    if max(map(len, names)) > WIDEST_FOLDER:
        names = [str(number) for number in range(1, len(rows) + 1)]
        for name, row in zip(names, rows, strict=True):
            stdout.print(f"{name}  {row.folder}", highlight=False, soft_wrap=True)
    stdout.print(statistics_table(rows, names))


def statistics_table(rows: list[FolderStatistics], names: list[str]) -> Table:
    """Return one line per folder, under these names."""
    table = Table(box=None, pad_edge=False)
    table.add_column("folder", no_wrap=True)
    columns = ["files", "hours", "shortest to longest, s", "rates, Hz", "channels", "speaking level, dBFS"]
    for column in [*columns, "active, %", "clipped", "silent", "unread"]:
        table.add_column(column, justify="right")
    for name, row in zip(names, rows, strict=True):
        table.add_row(
            name,
            str(row.files),
            f"{row.hours:.2f}",
            f"{row.seconds[0]:.1f} to {row.seconds[2]:.1f}",
            " ".join(map(str, row.sample_rates_hz)),
            " ".join(map(str, row.channels)),
            f"{row.level_dbfs[1]:.0f} ({row.level_dbfs[0]:.0f} to {row.level_dbfs[2]:.0f})",
            f"{100 * row.active_share:.0f}",
            str(row.clipped_files),
            str(row.silent_files),
            str(len(row.unreadable)),
        )
    return table


@dataclass(frozen=True)
class Data:
    """Write test sets, cut texts, and look at folders of recordings."""

    action: (
        Annotated[Synthesize, subcommand("synthesize")]
        | Annotated[Kinds, subcommand("kinds")]
        | Annotated[Split, subcommand("split")]
        | Annotated[Statistics, subcommand("statistics")]
    )

    def run(self) -> None:
        """Do what was chosen."""
        self.action.run()
