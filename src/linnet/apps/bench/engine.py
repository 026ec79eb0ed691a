"""`linnet bench engine`: the engine and other runtimes side by side. How it is measured is the business of bench/."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table
from tyro.conf import arg

from linnet.apps.bench import picture
from linnet.apps.desk.console import stderr, stdout
from linnet.apps.desk.outputs import refuse_unwritable_in
from linnet.apps.desk.refusal import Refusal, install_command
from linnet.bench.comparison import Comparison, Plan, Row, compare
from linnet.bench.guests import GUESTS, RUNTIMES
from linnet.bench.machine import machine, one_core
from linnet.bench.markdown import digits, markdown
from linnet.bench.random_network import Shape
from linnet.bench.results import references, result
from linnet.bench.timing import ratio
from linnet.output.atomic import write_together

QUICK_ROUNDS = (20, 5)
PACKAGES = {"litert": "ai-edge-litert"}
"""What pip calls a runtime, where that is not its own name."""


@dataclass(frozen=True)
class Engine:
    """Time the engine, dense and sparse, and the same network in other runtimes: one thread, one core, taking turns.

    A network of random weights is run frame by frame: as integers in the engine, and in every runtime of the extra
    [bench] that is installed, each in a process of its own, called as its makers advise. Hot is one call behind the
    other; cold is one call after other memory has been read, as after a pause. Keep the machine idle meanwhile.
    """

    width: tuple[float, ...] = (1.0,)
    """Widths k of the network; 1 has 192 features, 128 complex states and 503 k weights."""

    density: tuple[float, ...] = (0.5, 0.2, 0.1, 0.05)
    """Shares of the weights that are kept, beside the dense network."""

    runtimes: Annotated[tuple[str, ...], arg(metavar="all|none|NAME...")] = ("all",)
    """Other runtimes to compare with: numpy, jax, torch, onnxruntime, openvino, litert, scipy."""

    rounds: int = 100
    """Turns that every contender gets; a quarter of it cold."""

    quick: bool = False
    """A few short turns: to try it out, not to quote."""

    out: Annotated[Path | None, arg(aliases=["-o"], metavar="DIR")] = None
    """Write engine.json, engine.md and the picture engine.png (which needs the extra [plot]) into this folder."""

    def run(self) -> None:
        """Measure, print, and write.

        Raises:
            Refusal: an option makes no sense, or a picture cannot be drawn.
        """
        plan = self._plan()
        if self.out is not None:
            picture.require()
            refuse_unwritable_in(self.out, [f"engine.{suffix}" for suffix in ("json", "md", "png")])
        with one_core() as core, _Progress() as tell:
            described = machine() | {"core": core}
            comparisons = [compare(width, plan, tell) for width in self.width]
        for comparison in comparisons:
            stdout.print(table(comparison))
            print_absent(comparison)
        stdout.print(LEGEND)
        if self.quick:
            stdout.print("A quick run: these figures are rough. Leave out --quick for figures to quote.")
        if self.out is not None:
            measured = result(comparisons, plan, described)
            texts = {"json": json.dumps(measured, indent=1) + "\n", "md": markdown(measured)}
            files = {self.out / f"engine.{suffix}": text.encode() for suffix, text in texts.items()}
            write_together(files | {self.out / "engine.png": picture.draw(measured)})

    def _plan(self) -> Plan:
        """Check the options and return what they ask for."""
        for width in self.width:
            for density in (1.0, *self.density):
                Shape(width, density)
        if self.rounds < 3:
            raise Refusal(f"--rounds {self.rounds} came, but a median needs some; give 3 or more.")
        asked = set(RUNTIMES if "all" in self.runtimes else self.runtimes) - {"none"}
        if asked - set(RUNTIMES):
            raise Refusal(
                f"--runtimes {', '.join(sorted(asked - set(RUNTIMES)))} is none that the benchmark knows; choose from "
                f"{', '.join(RUNTIMES)}, or all, or none."
            )
        guests = tuple(guest for guest in GUESTS if guest.runtime in asked)
        densities = tuple(density for density in dict.fromkeys(self.density) if density < 1.0)
        if self.quick:
            return Plan(densities, guests, *QUICK_ROUNDS)
        return Plan(densities, guests, self.rounds, max(3, self.rounds // 4))


class _Progress:
    """A bar on stderr that is drawn between turns only, since a thread of its own would share the core."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
        silent = not stderr.is_terminal
        self._bar = Progress(*columns, console=stderr, transient=True, disable=silent, auto_refresh=False)
        self._task = self._bar.add_task("")

    def __enter__(self) -> Callable[[str, float], None]:
        self._bar.start()
        return self._tell

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def _tell(self, what: str, share: float) -> None:
        self._bar.update(self._task, description=what, completed=100 * share, refresh=True)


def table(comparison: Comparison) -> Table:
    """Return the contenders of one width, a row each, the slowest first."""
    size = f"k = {comparison.width:g}, {comparison.weights / 1000:,.0f} k weights"
    kernels = comparison.dense_integer.facts["kernels"]
    title = f"{size}, engine on {kernels}; microseconds per frame, medians"
    grid = Table(title=title, title_justify="left", box=None, pad_edge=False)
    grid.add_column("contender", no_wrap=True)
    for head in ("step (best)", "cold", "hop", "Python", "x int", "x peer", "x float", "x JAX", "error"):
        grid.add_column(head, justify="right", no_wrap=True)
    compared = references(comparison)
    for row in sorted(comparison.rows, key=lambda row: -row.times["step"].median_us):
        ratios = [ratio_text(row, compared.get(what)) for what in COMPARED]
        grid.add_row(
            row.name,
            f"{time_text(row, 'step')} ({digits(row.times['step'].minimum_us)})",
            time_text(row, "step_cold"),
            time_text(row, "hop"),
            time_text(row, "step_python" if row.runtime == "engine" else "step"),
            *ratios,
            f"{row.error:.1g}",
        )
    return grid


COMPARED = ("dense_integer", "fastest_dense_guest", "dense_float", "jax")
LEGEND = (
    "step: features to gains, the engine's as called from C, all others' from Python; cold: one step after other "
    "memory was read; hop: sound to sound; Python: the step as called from Python; x int, x peer, x float, x JAX: "
    "times faster than the engine's dense step, the fastest dense step of all others, of those in float, and JAX's; "
    "error: of the gains against float64, relative."
)


def time_text(row: Row, name: str) -> str:
    """Return the median of one way to call, empty where there is none."""
    times = row.times.get(name)
    return "" if times is None else digits(times.median_us)


def ratio_text(row: Row, reference: Row | None) -> str:
    """Return how many times longer the reference takes; a dash against itself."""
    if reference is None:
        return ""
    return "-" if reference is row else f"{ratio(reference.times['step'], row.times['step']).median:.2f}"


def print_absent(comparison: Comparison) -> None:
    """Print who did not take part, and what to do about it."""
    for name, module in comparison.missing.items():
        runtime = next(guest.runtime for guest in GUESTS if guest.name == name)
        package = PACKAGES.get(runtime, runtime)
        remedy = f"pip install {package}, or all of them: {install_command('bench')}"
        stdout.print(f"{name}: not here, for want of {module}; {remedy}", soft_wrap=True)
    for name, reason in comparison.failed.items():
        stdout.print(f"{name}: {reason}", soft_wrap=True)
