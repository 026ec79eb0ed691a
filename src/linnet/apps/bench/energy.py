"""`linnet bench energy`: what a frame takes that time does not show. The measuring itself is the business of bench/."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich.table import Table

from linnet.apps.desk.console import stderr, stdout
from linnet.bench.comparison import FRAMES, SEED
from linnet.bench.contenders import EngineContender
from linnet.bench.counting import CountingRefused, count_instructions
from linnet.bench.energy import EnergyRefused, joules, packages
from linnet.bench.machine import one_core
from linnet.bench.programs import codes_of, program_of
from linnet.bench.random_network import Shape, noisy_sound, random_network, sound_features
from linnet.ir import program_to_bytes

SECONDS = 3.0
FLOAT_BYTES = 4


@dataclass(frozen=True)
class Energy:
    """Count the instructions and bytes of a frame, and measure its joules where the processor shows them.

    Instructions are counted by `perf stat` or valgrind, and say the same on a busy machine as on an idle one. Bytes
    are computed from the sizes of the model and its session, all of which a frame goes through once. Joules come from
    the processor's RAPL counters.
    """

    width: float = 1.0
    """Width k of the network."""

    density: tuple[float, ...] = (1.0, 0.1)
    """Shares of the weights that are kept; 1 is the dense network."""

    no_count: bool = False
    """Count no instructions, which takes a minute where valgrind does it."""

    json: bool = False
    """Print everything as JSON."""

    def run(self) -> None:
        """Count, measure, print."""
        shapes = [Shape(self.width, density) for density in self.density]
        entries = [entry(shape, count=not self.no_count) for shape in shapes]
        if self.json:
            stdout.print_json(json.dumps(entries))
            return
        stdout.print(table(entries))
        for reason in dict.fromkeys(reason for one in entries for reason in one["not_measured"]):
            stdout.print(reason)


def entry(shape: Shape, *, count: bool) -> dict[str, Any]:
    """Return everything about one network, as plain JSON values."""
    sound = noisy_sound(SEED, FRAMES)
    frames = sound_features(sound)[:FRAMES]
    program = program_of(random_network(SEED, shape, frames), frames, name="random")
    codes, file = codes_of(program, frames), program_to_bytes(program)
    engine = EngineContender(file, codes, sound)
    info = engine.model.info
    weights = sum(node.weight.size for node in program.nodes if hasattr(node, "weight"))
    found: dict[str, Any] = {
        "width": shape.width,
        "density": shape.density,
        "kernels": engine.model.kernels,
        "computed_bytes_per_frame": int(info.model_bytes) + int(info.session_bytes),
        "computed_bytes_per_frame_dense_float32": FLOAT_BYTES * weights,
        "not_measured": [],
    }
    if count:
        _count(found, file, codes, sound)
    try:
        found |= joules_per_frame(engine)
    except EnergyRefused as refused:
        found["not_measured"].append(str(refused))
    return found


def _count(found: dict[str, Any], file: bytes, codes: Any, sound: Any) -> None:
    with TemporaryDirectory(prefix="linnet-bench-") as folder:
        model, inputs = Path(folder) / "model.gguf", Path(folder) / "inputs.npz"
        model.write_bytes(file)
        np.savez(inputs, codes=codes, sound=sound)
        try:
            for what in ("step", "hop"):
                stderr.print(f"counting the instructions of a {what} at density {found['density']:g} ...")
                counted = count_instructions(model, inputs, what)
                found[f"instructions_per_{what}"] = counted.instructions
                found["counted_by"], found["counted_isa"] = counted.counted_by, counted.isa
        except CountingRefused as refused:
            found["not_measured"].append(str(refused))


def joules_per_frame(engine: EngineContender, seconds: float = SECONDS) -> dict[str, float]:
    """Return joules of a step, and the watts drawn while as long nothing runs.

    Raises:
        EnergyRefused: there is no counter, or it may not be read.
    """
    counters = packages()
    with one_core():
        block = max(FRAMES, int(FRAMES * 0.1 / engine.step_in_c(FRAMES)))
        blocks = max(1, int(seconds / engine.step_in_c(block)))
        spent = joules(lambda: _repeat(engine, block, blocks), counters)
        idle = joules(lambda: time.sleep(seconds), counters)
    return {"joules_per_step": spent / (block * blocks), "idle_watts": idle / seconds}


def _repeat(engine: EngineContender, block: int, blocks: int) -> None:
    for _ in range(blocks):
        engine.step_in_c(block)


def table(entries: list[dict[str, Any]]) -> Table:
    """Return one row per network."""
    grid = Table(box=None, pad_edge=False)
    grid.add_column("network")
    for head in ("instructions per step", "per hop", "counted by", "bytes (computed)", "uJ per step"):
        grid.add_column(head, justify="right")
    for one in entries:
        counter = one.get("counted_by", "")
        grid.add_row(
            f"k = {one['width']:g}, density {one['density']:g}",
            f"{one['instructions_per_step']:,.0f}" if counter else "",
            f"{one['instructions_per_hop']:,.0f}" if counter else "",
            f"{counter} ({one['counted_isa']})" if counter else "",
            f"{one['computed_bytes_per_frame']:,}",
            f"{1e6 * one['joules_per_step']:.2f}" if "joules_per_step" in one else "",
        )
    return grid
