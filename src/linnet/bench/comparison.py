"""One width of the network, dense and at several densities, in the engine and in every guest there is: all the times.

The order of events: draw the networks, lay them out in the engine, start the guests and check them, then let all take
turns, hot and cold. What is printed of it, and written, is the business of apps/commands/bench.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from linnet.bench.caches import evicting_bytes
from linnet.bench.contenders import EngineContender
from linnet.bench.guests import Guest, GuestFailed, GuestMissing, GuestProcess, relative_error
from linnet.bench.network import Network, Real, gains, save
from linnet.bench.programs import codes_of, program_of
from linnet.bench.random_network import Shape, noisy_sound, random_network, sound_features
from linnet.bench.timing import Contender, Times, take_single_turns, take_turns
from linnet.ir import packed_sizes, program_to_bytes

FRAMES = 128
"""Frames of sound that every contender goes through again and again."""

SPARSE_GUESTS_DENSITY = 0.1
SEED = 20261


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    densities: tuple[float, ...] = (0.5, 0.2, 0.1, 0.05)
    guests: tuple[Guest, ...] = ()
    hot_rounds: int = 100
    cold_rounds: int = 25
    block_seconds: float = 0.001
    """Shorter than a turn of the system's scheduler, so that on a busy machine most blocks are not interrupted."""


@dataclass
class Row:
    """One contender: what it is, and what it took."""

    name: str
    runtime: str
    density: float
    bits: int
    error: float
    times: dict[str, Times] = field(default_factory=dict)
    """By what was timed: `step` (as fast as it is called at all), `step_cold`, and for the engine in addition
    `step_python`, `step_python_cold`, `hop`, `hop_cold`, `hop_python`."""

    facts: dict[str, str | int] = field(default_factory=dict)
    """Versions, and bytes where they are known."""


@dataclass
class Comparison:
    """One width: rows in the order they took turns, and who did not take part, and why."""

    width: float
    weights: int
    rows: list[Row] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def dense_integer(self) -> Row:
        """The engine with the dense network."""
        return next(row for row in self.rows if row.runtime == "engine" and row.density == 1.0)

    def fastest_dense_guest(self, bits: Sequence[int] = (8, 32)) -> Row | None:
        """The guest whose dense step has the lowest median, among those with weights of these many bits."""
        dense = [
            row for row in self.rows if row.runtime != "engine" and row.density == 1.0 and row.bits in bits
        ]
        return min(dense, key=lambda row: row.times["step"].median_us, default=None)


Tell = Callable[[str, float], None]
"""Is told what is going on, and which share of it is done."""


def compare(width: float, plan: Plan, tell: Tell) -> Comparison:
    """Measure one width; the guests run for as long as this does."""
    with TemporaryDirectory(prefix="linnet-bench-") as folder, ExitStack() as guests:
        match = _Match(width, plan, tell, Path(folder), guests)
        for density in (1.0, *plan.densities):
            tell(f"k = {width:g}: a network with {density:.0%} of its weights", 0.0)
            match.admit_engine(density)
            for guest in (one for one in plan.guests if _density_for(one, plan) == density):
                match.admit_guest(guest, density)
        match.time()
        return match.comparison


def _density_for(guest: Guest, plan: Plan) -> float:
    """The density of the network that a guest is given: dense, or, for sparse ones, near a tenth."""
    if not guest.sparse:
        return 1.0
    return min(plan.densities, key=lambda density: abs(density - SPARSE_GUESTS_DENSITY), default=1.0)


class _Match:
    """The contenders of one width while they gather and take turns."""

    def __init__(self, width: float, plan: Plan, tell: Tell, folder: Path, guests: ExitStack) -> None:
        self.comparison = Comparison(width, 0)
        self._plan, self._tell, self._folder, self._guests = plan, tell, folder, guests
        self._sound = noisy_sound(SEED, FRAMES)
        self._frames = sound_features(self._sound)[:FRAMES]
        self._evicted = evicting_bytes()
        self._hot: dict[tuple[int, str], Contender] = {}
        self._cold: dict[tuple[int, str], Contender] = {}
        self._network: Network
        self._meaning: Real

    def admit_engine(self, density: float) -> None:
        """Draw the network of this density, which the guests that follow get as well, and lay it out."""
        self._network = random_network(SEED, Shape(self.comparison.width, density), self._frames)
        self._meaning = gains(self._network, self._frames)
        save(self._network, self._frames, self._folder / f"{density}.npz")
        program = program_of(self._network, self._frames, name=f"random, {density:.0%} of the weights")
        file = program_to_bytes(program)
        engine = EngineContender(file, codes_of(program, self._frames), self._sound)
        row = Row(_engine_name(density), "engine", density, 8, relative_error(engine.gains(), self._meaning))
        row.facts = {
            "kernels": engine.model.kernels,
            "weights_not_zero": packed_sizes(program).total.nonzeros,
            "file_bytes": len(file),
            "model_bytes": int(engine.model.info.model_bytes),
            "session_bytes": int(engine.model.info.session_bytes),
        }
        place = self._admit(row)
        if density == 1.0:
            self.comparison.weights = sum(matrix.size for _, matrix in self._network.matrices())
        for name, contender in engine.hot_ways().items():
            self._hot[place, name] = contender
        for name, after_eviction in engine.cold_ways().items():
            self._cold[place, name] = _single(after_eviction, self._evicted)

    def admit_guest(self, guest: Guest, density: float) -> None:
        """Start a guest on the network of this density and check it; note why, where it cannot take part."""
        self._tell(f"k = {self.comparison.width:g}: starting {guest.name}", 0.0)
        try:
            process = GuestProcess(guest, self._folder / f"{density}.npz")
            self._guests.callback(process.close)
            error = process.check(self._meaning)
        except GuestMissing as missing:
            self.comparison.missing[guest.name] = str(missing)
            return
        except GuestFailed as failed:
            self.comparison.failed[guest.name] = str(failed)
            return
        row = Row(guest.name, guest.runtime, density, guest.bits, error, facts=dict(process.versions))
        place = self._admit(row)
        self._hot[place, "step"] = process.hot
        self._cold[place, "step_cold"] = _single(process.cold, self._evicted)

    def _admit(self, row: Row) -> int:
        self.comparison.rows.append(row)
        return len(self.comparison.rows) - 1

    def time(self) -> None:
        """Let all take turns."""
        plan, width = self._plan, self.comparison.width

        def hot_round(done: int) -> None:
            self._tell(f"k = {width:g}: hot", done / plan.hot_rounds)

        def cold_round(done: int) -> None:
            self._tell(f"k = {width:g}: cold", done / plan.cold_rounds)

        hot = take_turns(
            self._hot, rounds=plan.hot_rounds, block_seconds=plan.block_seconds, on_round=hot_round
        )
        cold = take_single_turns(self._cold, rounds=plan.cold_rounds, on_round=cold_round)
        for (place, name), times in (hot | cold).items():
            self.comparison.rows[place].times[name] = times


def _engine_name(density: float) -> str:
    return "Linnet W8A16, dense" if density == 1.0 else f"Linnet W8A16, {1 - density:.0%} zeros"


def _single(after_eviction: Contender, evicted_bytes: int) -> Contender:
    """One cold call as a contender of `take_single_turns`."""
    return lambda calls: after_eviction(evicted_bytes)
