"""`linnet bench train`: how fast training is here, beside S5 as published. What is timed is built in train/."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from rich.table import Table
from rich.text import Text
from tyro.conf import arg

from linnet.apps.desk.console import stderr, stdout
from linnet.apps.desk.outputs import refuse_unwritable
from linnet.apps.desk.refusal import Refusal, import_from_extra
from linnet.bench.machine import machine
from linnet.bench.timing import Contender, Times, ratio, take_single_turns
from linnet.output.atomic import write_text

WARM_UP = 2  # turns that are not counted: the first updates after compiling are slow


@dataclass(frozen=True)
class Train:
    """Time an update of training: ours, others of the same model, and the forward pass alone; in turns.

    The model, its front end, loss and optimizer are those of `linnet train`, on generated speech. "S5 as published"
    multiplies complex matrices and scans pairs with jax.lax.associative_scan; "associative scan" is our update with
    that scan alone. For a gated model (--recipe), "layers in parts" leaves to XLA what lies between the matrices of
    narrow layers. Keep the machine idle meanwhile.
    """

    recipe: Annotated[Path | None, arg(aliases=["-r"], metavar="RECIPE.toml")] = None
    """Time the update of this recipe for a denoiser, with its own clips, loss and products, in place of the model
    that the next options describe."""

    width: tuple[float, ...] = (0.5, 1.0, 2.0)
    """Widths k of the model."""

    batch: int = 8
    """Clips of an update."""

    seconds: float = 4.0
    """Length of a clip."""

    rounds: int = 15
    """Turns of each."""

    products: Literal["float32", "bfloat16"] = "float32"
    """Type in which matrix products are multiplied."""

    recurrence: Literal["quickest", "compiled", "sequential", "chunked", "associative"] = "quickest"
    """Form of the recurrence in our update (chunked: by 64 frames)."""

    out: Annotated[Path | None, arg(aliases=["-o"], metavar="FILE.json")] = None
    """Write all figures, every round of them, as JSON."""

    def run(self) -> None:
        """Measure, print, and write.

        Raises:
            Refusal: the extra [train] is missing, or a number makes no benchmark.
        """
        if not (
            self.rounds >= 1
            and self.batch >= 1
            and 0.1 <= self.seconds <= 600
            and min(self.width, default=0) > 0
        ):
            raise Refusal(
                f"--rounds {self.rounds}, --batch {self.batch}, --seconds {self.seconds} and --width "
                f"{' '.join(map(str, self.width))} leave nothing to time; give at least one round, one clip of 0.1 to "
                "600 seconds and one width above 0."
            )
        if self.out is not None:
            refuse_unwritable(self.out)
        if self.recipe is not None and dataclasses.replace(self, recipe=None, rounds=15, out=None) != Train():
            raise Refusal(
                f"{self.recipe} says what model is timed, and another option says so, too; give --recipe with "
                "--rounds and --out alone, or leave it out."
            )
        benchmark = import_from_extra("linnet.life.training_speed", extra="train", why="training needs JAX")
        if self.recipe is not None:
            measured = [self._of_recipe(benchmark, self.recipe)]
        else:
            measured = [self._of_width(benchmark, width) for width in self.width]
        for one in measured:
            stdout.print(table(one))
        if self.out is not None:
            on_what = machine() | benchmark.versions()
            found = {"measured_by": "linnet bench train", "machine": on_what, "widths": measured}
            write_text(self.out, json.dumps(found, indent=1) + "\n")

    def _of_recipe(self, benchmark: Any, recipe: Path) -> dict[str, Any]:
        stderr.print(f"{recipe.name}: compiling ...", markup=False)
        found, batch, seconds = benchmark.contenders_of(recipe)
        about = {"recipe": recipe.name, "batch": batch, "clip_seconds": seconds}
        return about | self._timed(benchmark, found, batch * seconds)

    def _of_width(self, benchmark: Any, width: float) -> dict[str, Any]:
        stderr.print(f"k = {width:g}: compiling ...")
        computation = benchmark.ComputationSettings(self.products, self.recurrence)
        found = benchmark.contenders(width, batch=self.batch, seconds=self.seconds, computation=computation)
        about: dict[str, Any] = {"width": width, "batch": self.batch, "clip_seconds": self.seconds}
        about |= {"products": self.products, "recurrence": self.recurrence}
        return about | self._timed(benchmark, found, self.batch * self.seconds)

    def _timed(self, benchmark: Any, found: list[Any], audio_seconds: float) -> dict[str, Any]:
        stderr.print(f"{self.rounds} turns of each ...")
        timed = {each.name: timed_by_clock(each.run) for each in found}
        take_single_turns(timed, rounds=WARM_UP)
        times = take_single_turns(timed, rounds=self.rounds)
        ours = times[benchmark.OURS]
        return {
            "multiply_adds_per_second": 1e6 * found[0].multiply_adds / ours.minimum_us,
            "contenders": [entry(each, times[each.name], ours, audio_seconds) for each in found],
        }


def timed_by_clock(run: Callable[[], None]) -> Contender:
    """A contender for bench/timing.py that calls `run`."""

    def seconds(calls: int) -> float:
        began = time.perf_counter()
        for _ in range(calls):
            run()
        return time.perf_counter() - began

    return seconds


def entry(contender: Any, times: Times, ours: Times, audio_seconds: float) -> dict[str, Any]:
    """One contender's figures as plain JSON values."""
    over_ours = ratio(times, ours)
    return {
        "name": contender.name,
        "median_ms": times.median_us / 1000,
        "minimum_ms": times.minimum_us / 1000,
        "audio_seconds_per_second": audio_seconds / (times.median_us * 1e-6),
        "times_ours_median": over_ours.median,
        "times_ours_of_minima": over_ours.of_minima,
        "planned_scratch_mb": contender.scratch_bytes / 1e6,
        "rounds_ms": [us / 1000 for us in times.rounds_us],
    }


def table(measured: dict[str, Any]) -> Table:
    """One width, or one recipe, as a table for people."""
    clips = f"{measured['batch']} clips of {measured['clip_seconds']:g} s"
    if "recipe" in measured:
        title = f"{measured['recipe']}, {clips}"
    else:
        title = f"k = {measured['width']:g}, {clips}, {measured['products']}"
    grid = Table(title=Text(title), title_justify="left", box=None, pad_edge=False)
    grid.add_column("an update")
    for head in ("median ms", "best", "audio s/s", "x ours", "best", "MB"):
        grid.add_column(head, justify="right")
    for row in measured["contenders"]:
        grid.add_row(
            row["name"],
            f"{row['median_ms']:.1f}",
            f"{row['minimum_ms']:.1f}",
            f"{row['audio_seconds_per_second']:,.0f}",
            f"{row['times_ours_median']:.2f}",
            f"{row['times_ours_of_minima']:.2f}",
            f"{row['planned_scratch_mb']:.0f}",
        )
    rate = measured["multiply_adds_per_second"] / 1e9
    grid.caption = f"matrix products within our whole update: {rate:.0f} G multiply-adds per second"
    return grid
