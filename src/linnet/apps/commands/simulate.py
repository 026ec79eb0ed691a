"""`linnet simulate`: what schemes of bits cost a trained run, by its float twin; no model file is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from rich.table import Table
from tyro.conf import Positional, arg

from linnet.apps.desk.console import stdout
from linnet.apps.desk.refusal import import_from_extra, require_recordings, require_run


@dataclass(frozen=True)
class Simulate:
    """Score a trained run with its weights and activations rounded by schemes of bits, in the float model.

    So weights can be tried that no integer program holds, such as FP8. Writes no file. Needs the extra [train].
    """

    trained: Annotated[Path, arg(name="run", metavar="RUN"), Positional]
    """The folder of a run of `linnet train`."""

    data: Annotated[Path, arg(metavar="DIR")]
    """The recordings: ranges are measured on train, scores on mixtures of val and test."""

    scheme: tuple[Literal["W8A16", "W8A8", "W4A16", "W4A8", "mixed", "E4M3A16", "E5M2A16"], ...] = (
        "W8A16",
        "W4A16",
        "E4M3A16",
        "E5M2A16",
    )
    """Bits of weights and activations; mixed has 4-bit weights between an 8-bit encoder and decoder; E4M3 and E5M2 are
    the two kinds of FP8 weights."""

    def run(self) -> None:
        """Print a row of scores per scheme.

        Raises:
            Refusal: a folder or the extra is missing, or there is nothing to score on.
        """
        require_run(self.trained)
        require_recordings(self.data, so="no ranges can be measured")
        twin = import_from_extra("linnet.life.twin", extra="train", why="the float model needs JAX")
        rows = twin.score_schemes(self.trained, self.data, self.scheme)
        table = Table("scheme", *(f"{split} SI-SNR" for split in next(iter(rows.values()))), box=None)
        for name, scores in rows.items():
            table.add_row(name, *(f"{value:.2f} dB" for value in scores.values()))
        stdout.print(table)
