"""A Program on the cores of a chip: groups split until every core is within its limits, and placed on the mesh.

How a group is split is passed in (split.py). More cores than memory asks for are used while a core takes longer than
the barrier between steps, up to the chips that are needed anyway. `Mapping.uses` says how full every core is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from linnet.hardware.groups import INPUT, Network, Rows, network_of
from linnet.hardware.mesh import Place, places
from linnet.hardware.microcode import kind_of
from linnet.hardware.packing import CoreUse, axon_words
from linnet.hardware.parameters import Chip
from linnet.hardware.split import Split, by_load
from linnet.hardware.synapses import Activity, Bundle, accumulators, bundles, expected_synops
from linnet.ir import Program

MOST_CORES = 128 * 1152  # as many as the largest machine built of Loihi 2 has


@dataclass(frozen=True)
class Core:
    """One core: the group that it belongs to, its neurons (rows of that group), and its router."""

    group: int
    rows: Rows
    place: Place


@dataclass(frozen=True)
class Mapping:
    """A network on cores. `cores` are in the order of their groups."""

    network: Network
    chip: Chip
    cores: tuple[Core, ...]

    @property
    def chips(self) -> int:
        """Chips that are used."""
        return -(-len(self.cores) // self.chip.count("cores"))

    def cores_of(self, group: int) -> tuple[int, ...]:
        """Indices of the cores of a group."""
        return tuple(index for index, core in enumerate(self.cores) if core.group == group)

    @cached_property
    def bundles(self) -> tuple[tuple[Bundle, ...], ...]:
        """The synapses of every group."""
        return tuple(bundles(self.network, group) for group in range(len(self.network.groups)))

    def synapses(self, core: int, bundle: Bundle) -> npt.NDArray[np.int64]:
        """How many synapses each neuron of the bundle's wire has on a core, [width of the wire]."""
        return _synapses(bundle, self.cores[core].rows)

    @cached_property
    def uses(self) -> tuple[CoreUse, ...]:
        """How full every core is."""
        sent = self._axons_out()
        return tuple(
            _use(self.network, self.chip, core, self.bundles[core.group], sent[index])
            for index, core in enumerate(self.cores)
        )

    def _axons_out(self) -> list[int]:
        """Per core: pairs of one of its neurons and a core that this neuron sends to."""
        found = [0] * len(self.cores)
        for target in range(len(self.cores)):
            for bundle in self.bundles[self.cores[target].group]:
                reached = self.synapses(target, bundle) > 0
                for source in self.cores_of(bundle.source) if bundle.source != INPUT else ():
                    found[source] += int(reached[self.cores[source].rows].sum())
        return found


def map_program(
    program: Program,
    chip: Chip,
    *,
    activity: Activity,
    split: Split = by_load,
    cores: int | None = None,
    chips: int | None = None,
) -> Mapping:
    """The program on cores of `chip`.

    Args:
        program: a validated program.
        chip: its limits and times.
        activity: of every wire that is sent; by its mean the loads are balanced.
        split: how a group is split over cores.
        cores: how many to use; None uses more than memory asks for while that shortens a step.
        chips: how many there are; None takes as many as are needed.

    Raises:
        ValueError: the program breaks a limit; the message says which, and by how much.
    """
    network = network_of(program)
    _check_messages(network, chip)
    tables = [bundles(network, group) for group in range(len(network.groups))]
    loads = [_atom_loads(network, group, table, activity) for group, table in enumerate(tables)]
    _check_atoms(cores, loads)
    fewest = [
        _fewest(network, chip, group, tables[group], loads[group], split) for group in range(len(tables))
    ]
    while True:
        _check_chips(cores if cores is not None else sum(fewest), chip, chips)
        parts = _spread(network, chip, fewest, loads, cores)
        mapping = _placed(
            network, chip, [split(each, count) for each, count in zip(loads, parts, strict=True)]
        )
        wrong = _first_broken(mapping)
        if wrong is None:
            return mapping
        if parts[wrong] >= network.groups[wrong].atoms:
            core = mapping.cores_of(wrong)[0]
            raise _does_not_fit(network, wrong, mapping.uses[core].broken(chip) or "")
        fewest[wrong] = parts[wrong] + 1


def _placed(network: Network, chip: Chip, parts: list[list[npt.NDArray[np.int64]]]) -> Mapping:
    routers = iter(places(sum(map(len, parts)), chip))
    cores = tuple(
        Core(group, network.groups[group].rows_of(atoms), next(routers))
        for group, atoms_of_cores in enumerate(parts)
        for atoms in atoms_of_cores
    )
    return Mapping(network, chip, cores)


def _first_broken(mapping: Mapping) -> int | None:
    """The group of the first core that breaks a limit."""
    found = (
        core.group for core, use in zip(mapping.cores, mapping.uses, strict=True) if use.broken(mapping.chip)
    )
    return next(found, None)


def _atom_loads(
    network: Network, group: int, table: tuple[Bundle, ...], activity: Activity
) -> npt.NDArray[np.float64]:
    loads = expected_synops(table, activity)
    each = network.groups[group]
    return loads[: each.atoms] + loads[each.atoms :] if each.paired else loads


def _fewest(
    network: Network,
    chip: Chip,
    group: int,
    table: tuple[Bundle, ...],
    loads: npt.NDArray[np.float64],
    split: Split,
) -> int:
    """The fewest cores on which the synapses and states of a group fit."""
    atoms, count = network.groups[group].atoms, 1
    while True:
        rows = [network.groups[group].rows_of(part) for part in split(loads, count)]
        broken = [_use(network, chip, Core(group, each, (0, 0)), table, 0).broken(chip) for each in rows]
        worst = next(filter(None, broken), None)
        if worst is None:
            return count
        if count >= atoms:
            raise _does_not_fit(network, group, worst)
        count = min(atoms, count + max(1, count // 8))


def _use(network: Network, chip: Chip, core: Core, table: tuple[Bundle, ...], axons_out: int) -> CoreUse:
    sums = len(accumulators(network, core.group))
    counts = [_synapses(bundle, core.rows) for bundle in table]
    words = [axon_words(each, targets=sums * core.rows.size, chip=chip).sum() for each in counts]
    nodes = network.groups[core.group].nodes
    states = sum(kind_of(network.program.nodes[node]).state_words for node in nodes)
    return CoreUse(
        neurons=core.rows.size,
        synapse_words=int(sum(words)),
        state_words=(sums + states) * core.rows.size,
        axons_in=sum(int(np.count_nonzero(each)) for each in counts),
        axons_out=axons_out,
    )


def _synapses(bundle: Bundle, rows: Rows) -> npt.NDArray[np.int64]:
    return np.count_nonzero(bundle.weights[:, rows], axis=(0, 1)).astype(np.int64)


def _spread(
    network: Network, chip: Chip, fewest: list[int], loads: list[npt.NDArray[np.float64]], cores: int | None
) -> list[int]:
    """Cores of every group: the fewest, then one more for the slowest group while that helps and cores are left."""
    needed, usable = sum(fewest), chip.count("cores")
    if cores is not None and cores < needed:
        raise ValueError(
            f"{cores} cores were asked for, but the memory of a core makes {needed} necessary; give {needed} or more, "
            "or leave it out."
        )
    budget = cores if cores is not None else -(-needed // usable) * usable
    worth = 0.0 if cores is not None else chip["t_bar"].default
    parts = list(fewest)
    for _ in range(budget - needed):
        times = [
            max(load.sum() * chip["t_syn"].default, group.width * chip["t_neu"].default) / count
            if count < group.atoms
            else 0.0
            for group, load, count in zip(network.groups, loads, parts, strict=True)
        ]
        slowest = int(np.argmax(times))
        if times[slowest] <= worth:
            break
        parts[slowest] += 1
    return parts


def _check_messages(network: Network, chip: Chip) -> None:
    payload, longest = chip.count("message_payload"), chip.count("delay_steps")
    for each in network.connections:
        bits = network.program.wires[each.wire].bits
        if bits > payload:
            raise ValueError(
                f"{each.name} sends {bits} bits, but a message of {chip.title} holds {payload}; give that wire at most "
                "16 bits."
            )
        if each.delay > longest:
            raise ValueError(
                f"{each.name} waits {each.delay} steps, but the longest delay of {chip.title} is {longest}; "
                "use a model with fewer layers."
            )


def _check_atoms(cores: int | None, loads: list[npt.NDArray[np.float64]]) -> None:
    atoms = sum(map(len, loads))
    if cores is not None and cores > atoms:
        raise ValueError(
            f"{cores:,} cores were asked for, but the model has {atoms:,} neurons to lie on them; give "
            f"{atoms:,} at most."
        )


def _check_chips(cores: int, chip: Chip, chips: int | None) -> None:
    if chips is not None and chips < 1:
        raise ValueError(f"{chips} chips were asked for, on which nothing runs; give 1 or more.")
    usable = chip.count("cores")
    most = min(MOST_CORES, usable * chips if chips is not None else MOST_CORES)
    if cores > most:
        raise ValueError(
            f"{cores:,} cores are needed, {math.ceil(100 * cores / most) / 100:.2f} times the {most:,} that "
            f"{'there are' if chips is None else f'{chips} of {chip.title} have'}; prune the model, make it narrower, "
            "or allow more chips."
        )


def _does_not_fit(network: Network, group: int, what: str) -> ValueError:
    return ValueError(
        f"{network.groups[group].name} does not fit, however it is split: one neuron alone takes {what} of a core; "
        "make the model narrower, or prune more of its weights."
    )
