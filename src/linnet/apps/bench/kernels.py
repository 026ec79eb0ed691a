"""`linnet bench kernels`: what zeros pay on each instruction set. The measuring itself is the business of bench/."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table

from linnet.apps.desk.console import stdout
from linnet.apps.desk.refusal import Refusal
from linnet.bench.kernels import KernelTime, kernel_times
from linnet.bench.machine import machine, one_core
from linnet.bench.markdown import digits
from linnet.bench.random_network import Shape
from linnet.runtime.library import instruction_sets
from linnet.runtime.pretrained import pretrained_bytes, pretrained_names


@dataclass(frozen=True)
class Kernels:
    """Time dense and sparse networks, and the models that ship, on every instruction set of this machine.

    All take turns on one core and the least times are compared, so the ratios stand on a busy machine, too.
    """

    width: float = 1.0
    """Width k of the networks; 1 has 192 features, 128 complex states and 503 k weights."""

    density: tuple[float, ...] = (0.2, 0.1, 0.05)
    """Shares of the weights that are kept, beside the dense network."""

    isa: tuple[str, ...] = ()
    """Instruction sets; all that run here where none is named."""

    no_models: bool = False
    """Leave the models that ship out."""

    rounds: int = 100
    """Turns that every contender gets."""

    def run(self) -> None:
        """Measure and print.

        Raises:
            Refusal: an option makes no sense here.
        """
        if self.rounds < 1:
            raise Refusal(f"--rounds {self.rounds} came, but nothing is measured in none; give 1 or more.")
        isas = known_instruction_sets(self.isa)
        shapes = [Shape(self.width, density) for density in dict.fromkeys((1.0, *self.density))]
        models = {} if self.no_models else {name: pretrained_bytes(name) for name in pretrained_names()}
        with one_core():
            times = kernel_times(isas, shapes, models, rounds=self.rounds)
        here = machine()
        stdout.print(table(times, isas))
        stdout.print(
            f"Least of {self.rounds} turns on one core of {here['processor']}, commit {here['commit']}; in brackets "
            "how many times longer the dense network takes on the same instruction set.",
            soft_wrap=True,
        )


def known_instruction_sets(named: tuple[str, ...]) -> list[str]:
    """Return the instruction sets that an option names, or all that run here where it names none.

    Raises:
        Refusal: one of them does not run here.
    """
    unknown = [name for name in named if name not in instruction_sets()]
    if unknown:
        raise Refusal(
            f"--isa {', '.join(unknown)} came, but this processor and this build of the engine cannot run it; "
            f"choose from {', '.join(instruction_sets())}."
        )
    return list(dict.fromkeys(named)) or instruction_sets()


def table(times: list[KernelTime], isas: list[str]) -> Table:
    """Return a row for each network and model, a column for each instruction set."""
    grid = Table(box=None, pad_edge=False)
    grid.add_column("us a step", no_wrap=True)
    for isa in isas:
        grid.add_column(isa, justify="right", no_wrap=True)
    names = list(dict.fromkeys(one.name for one in times))
    of = {(one.isa, one.name): one for one in times}
    for name in names:
        cells = [
            f"{digits(of[isa, name].step_us)} ({of[isa, names[0]].step_us / of[isa, name].step_us:.2f})"
            for isa in isas
        ]
        grid.add_row(name, *cells)
    grid.add_section()
    grid.add_row("ms a second of sound")
    for name in names:
        grid.add_row(name, *(digits(of[isa, name].ms_per_second) for isa in isas))
    return grid
