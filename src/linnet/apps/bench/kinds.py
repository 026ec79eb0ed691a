"""`linnet bench kinds`: models and other denoisers on the kinds of sound that are hard. bench/kinds.py judges."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import UseAppendAction, arg

from linnet.apps.bench.quality_tables import digits, table_head
from linnet.apps.desk.console import finite, stderr, stdout
from linnet.apps.desk.contenders import OWN_HELP, PEER_HELP, contenders
from linnet.audio.files import read_audio
from linnet.bench.kinds import GOALS, IDEAL, KindRow, judged, judged_ideal, read_kinds
from linnet.bench.machine import machine
from linnet.output.quoting import markdown_row

CLIPS_FOR_DELAY = 3
WORDS = {
    "left_db": "noise left after 1 s, dB",
    "gain_db": "SI-SNRi, dB",
    "kept_db": "speech kept, dB",
    "lost_db": "SI-SNRi lost against plain, dB",
    "start_db": "kept of the first 0.5 s, dB",
    "fricatives_db": "initial fricatives kept, dB",
}


@dataclass(frozen=True)
class Kinds:
    """Judge models and other denoisers on a set that `linnet data kinds` wrote.

    Steady noise, narrow bands, offsets, levels, beginnings, rooms, two speakers, music: each kind by the figure that
    matters for it, as a mean over its clips. A + or - behind a figure says whether its goal is reached.
    """

    set: Annotated[Path, arg(metavar="DIR")]
    """The set."""

    model: Annotated[tuple[str, ...], arg(help=OWN_HELP)] = ()

    peer: Annotated[UseAppendAction[tuple[str, ...]], arg(help=PEER_HELP)] = ()

    packaged: bool = False
    """Add RNNoise, NSNet2, DTLN and DeepFilterNet 3 where their packages are installed."""

    ideal: bool = False
    """Add gains that know the clean sound: what a kind takes from every denoiser that has a gain for each bin."""

    json: bool = False
    """Print everything as JSON."""

    def run(self) -> None:
        """Judge and print.

        Raises:
            Refusal: a denoiser that is named cannot be had.
            AudioError: the folder is no set of kinds.
        """
        clips = read_kinds(self.set)
        plain = list(dict.fromkeys(clip.twin for clip in clips))[:CLIPS_FOR_DELAY]
        read = [read_audio(clip.noisy) for clip in clips if clip.file_id in plain]
        heard = [(sound[:, 0], rate_hz) for sound, rate_hz in read]
        cleaners, missing = contenders(self.model, self.peer, heard, packaged=self.packaged)
        for words in missing:
            stderr.print(f"not here: {words}", highlight=False)
        rows = {cleaner.name: judged(clips, cleaner) for cleaner in cleaners}
        if self.ideal:
            rows[IDEAL] = judged_ideal(clips)
        if self.json:
            entries = [
                {
                    "denoiser": name,
                    "kind": row.kind,
                    "figure": row.figure,
                    "mean": row.mean,
                    "all": row.values,
                }
                for name, found in rows.items()
                for row in found
            ]
            print(json.dumps(finite({"machine": machine(), "goals": GOALS, "rows": entries}), indent=2))
        else:
            stdout.print(markdown(rows), markup=False, highlight=False, soft_wrap=True)


def markdown(rows: dict[str, list[KindRow]]) -> str:
    """Return a line for each figure of each kind, a column for each denoiser."""
    lines = table_head(["kind", "figure", "goal", *rows])
    for some in zip(*rows.values(), strict=True):
        first = some[0]
        goal = GOALS.get(first.figure)
        cells = [first.kind, WORDS[first.figure], "" if goal is None else f"up to {goal:g}"]
        lines.append(markdown_row([*cells, *map(_cell, some)]))
    return "\n".join(lines)


def _cell(row: KindRow) -> str:
    mark = {True: " +", False: " -", None: ""}[row.is_good]
    return digits(row.mean, 1 if row.figure in ("left_db", "kept_db") else 2) + mark
