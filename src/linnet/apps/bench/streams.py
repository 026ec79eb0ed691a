"""`linnet bench streams`: how many streams one core denoises in real time. The measuring is the business of bench/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from linnet.apps.bench.kernels import known_instruction_sets
from linnet.apps.desk.console import stdout
from linnet.apps.desk.refusal import Refusal
from linnet.bench.machine import machine, one_core
from linnet.bench.markdown import digits
from linnet.bench.streams import StreamsTime, stream_times
from linnet.runtime import Model, ModelError
from linnet.runtime.pretrained import pretrained_bytes, pretrained_names


@dataclass(frozen=True)
class Streams:
    """Count the streams that one core denoises in real time, taken one by one and together.

    All take turns on one core and the least times are told.
    """

    model: tuple[Path, ...] = ()
    """Model files; the models that ship where none is named."""

    together: tuple[int, ...] = (1, 4, 8)
    """How many streams are denoised in one call."""

    isa: tuple[str, ...] = ()
    """Instruction sets; all that run here where none is named."""

    rounds: int = 30
    """Turns that every contender gets."""

    def run(self) -> None:
        """Measure and print.

        Raises:
            Refusal: an option makes no sense here, or a file is no model that cleans sound.
        """
        if self.rounds < 1 or not self.together or min(self.together) < 1:
            raise Refusal(
                f"--rounds {self.rounds} and --together {' '.join(map(str, self.together))} came, but nothing is "
                "measured in no rounds or of no streams; give numbers from 1."
            )
        isas = known_instruction_sets(self.isa)
        together = list(dict.fromkeys(self.together))
        models = self._models()
        with one_core():
            times = stream_times(isas, models, together, rounds=self.rounds)
        here = machine()
        stdout.print(table(times, isas, together))
        stdout.print(
            f"Sound to sound, least of {self.rounds} turns on one core of {here['processor']}, commit "
            f"{here['commit']}; a computer that does other things needs room beside.",
            soft_wrap=True,
        )

    def _models(self) -> dict[str, bytes]:
        if not self.model:
            return {name: pretrained_bytes(name) for name in pretrained_names()}
        try:
            files = {path.stem: path.read_bytes() for path in self.model}
            for path in self.model:
                Model(path).require_denoiser()
        except (OSError, ModelError) as error:
            raise Refusal(str(error)) from error
        return files


def table(times: list[StreamsTime], isas: list[str], together: list[int]) -> Table:
    """Return a row for each model and number of streams, a column for each instruction set; twice."""
    grid = Table(box=None, pad_edge=False)
    grid.add_column("streams per core", no_wrap=True)
    grid.add_column("at once", justify="right", no_wrap=True)
    for isa in isas:
        grid.add_column(isa, justify="right", no_wrap=True)
    of = {(one.isa, one.name, one.together): one for one in times}

    def add_rows(cell: Callable[[StreamsTime], str]) -> None:
        for name in dict.fromkeys(one.name for one in times):
            for count in together:
                cells = (cell(of[isa, name, count]) for isa in isas)
                grid.add_row(name if count == together[0] else "", str(count), *cells)

    add_rows(lambda one: f"{one.streams_per_core:.0f}")
    grid.add_section()
    grid.add_row("us a hop of one")
    add_rows(lambda one: digits(one.hop_us))
    return grid
