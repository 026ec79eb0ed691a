"""What a mapped network does for every frame, counted per core and link; and the same as an abstract workload.

The counts are those that simulator.py makes message by message, here from matrices and from the activity of the wires,
so that long clips are counted quickly. A `Workload` needs no Program: the published cases are written as such.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linnet.hardware.groups import INPUT, network_of
from linnet.hardware.mapping import Mapping
from linnet.hardware.mesh import PORT, Place, Routes, routes
from linnet.hardware.packing import axon_words
from linnet.hardware.synapses import Activity, Bundle, accumulators
from linnet.ir import Program, advance_codes, initial_state
from linnet.ir.program import ACTIVITY_LETTERS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Workload:
    """Counts of a network at work; rows are frames, columns the steps that a frame waits for.

    Of the heaviest core or link in every step [frames, steps]: `synops` (synaptic operations), `neurons` (updated),
    `words` (64-bit words of synapses read), `link_bits`, `chip_link_bits`. Sums over cores and steps [frames]:
    `all_synops`, `updates`, `messages`, `hops`. `depth` counts the steps from the entry of a frame to its outputs,
    `inputs` the values that come from the host, `copies` how many frames are worked on side by side.
    """

    synops: Floats
    neurons: Floats
    words: Floats
    link_bits: Floats
    chip_link_bits: Floats
    all_synops: Floats
    updates: Floats
    messages: Floats
    hops: Floats
    depth: int
    cores: int
    chips: int
    inputs: int = 0
    copies: int = 1

    @property
    def steps(self) -> int:
        """Steps that pass per frame (of one copy)."""
        return self.synops.shape[1]


def uniform_workload(
    *, steps: int, synops: float, updates: float, messages: float, cores: int, chips: int
) -> Workload:
    """A workload of which only sums per frame are known: each of `steps` is done by as many of the cores.

    Neurons are taken as spread evenly, and all as updated in every step; words and links as never limiting.
    """
    busy = cores / steps
    row = np.ones((1, steps))
    one = np.ones(1)
    return Workload(
        synops=row * synops / steps / busy,
        neurons=row * updates / steps / cores,
        words=0 * row,
        link_bits=0 * row,
        chip_link_bits=0 * row,
        all_synops=one * synops,
        updates=one * updates,
        messages=one * messages,
        hops=0 * one,
        depth=steps,
        cores=cores,
        chips=chips,
    )


@dataclass(frozen=True)
class Tally:
    """Per frame and core: synaptic operations, words read, messages sent; per frame, step and link: bits; and hops.

    `traffic` [steps, frames, links] holds what is sent in a step; the inputs count to the first one.
    """

    mapping: Mapping
    synops: Floats
    words: Floats
    sent: Floats
    traffic: Floats
    hops: Floats
    routes: Routes

    @property
    def levels(self) -> npt.NDArray[np.int64]:
        """The step of every core."""
        return np.array([self.mapping.network.level_of(core.group) for core in self.mapping.cores])

    @property
    def neurons(self) -> npt.NDArray[np.int64]:
        """The neurons of every core."""
        return np.array([core.rows.size for core in self.mapping.cores])


def observe(program: Program, codes: npt.ArrayLike) -> Activity:
    """Which codes of the wires that are sent are not 0 on a clip: int16 codes behind Quantize [frames, in]."""
    sent = {each.wire for each in network_of(program).connections} | {program.nodes[-1].reads[0]}
    found: Activity = {}

    def trace(wire: int, values: npt.NDArray[np.signedinteger]) -> None:
        if wire in sent:
            found[wire] = (values != 0).astype(np.float64)

    advance_codes(program, initial_state(program), codes, trace=trace)
    return found


def expect(program: Program) -> Activity:
    """The same in the mean, as `Metadata.activity` says it; without that, every code counts as not 0."""
    sent = {each.wire for each in network_of(program).connections} | {program.nodes[-1].reads[0]}
    letters = program.metadata.activity or ACTIVITY_LETTERS[-1] * len(program.wires)
    busiest = len(ACTIVITY_LETTERS) - 1
    shares = {wire: ACTIVITY_LETTERS.index(letters[wire]) / busiest for wire in sent}
    return {wire: np.full((1, program.wires[wire].width), share) for wire, share in shares.items()}


def tally(mapping: Mapping, activity: Activity) -> Tally:
    """Count what a mapped network does, at the activity of its wires."""
    frames, count = next(iter(activity.values())).shape[0], len(mapping.cores)
    synops, words, sent = (np.zeros((frames, count)) for _ in range(3))
    flows: list[Flow] = []
    for index, core in enumerate(mapping.cores):
        targets = len(accumulators(mapping.network, core.group)) * core.rows.size
        for bundle in mapping.bundles[core.group]:
            synapses, busy = mapping.synapses(index, bundle), activity[bundle.wire]
            synops[:, index] += busy @ synapses
            words[:, index] += busy @ axon_words(synapses, targets=targets, chip=mapping.chip)
            flows += _inflow(mapping, bundle, busy, core.place, synapses > 0)
    flows += _outflow(mapping, activity)
    for flow in flows:
        if flow.source != INPUT:
            sent[:, flow.source] += flow.messages
    traffic, hops, found = _traffic(mapping, flows, frames)
    return Tally(mapping, synops, words, sent, traffic, hops, found)


@dataclass(frozen=True)
class Flow:
    """Messages [frames] from a core (or INPUT) to a router, sent in step `level`."""

    level: int
    source: int
    end: Place
    messages: Floats


def _inflow(
    mapping: Mapping, bundle: Bundle, busy: Floats, place: Place, reached: npt.NDArray[np.bool_]
) -> list[Flow]:
    """The messages of one wire to a core; `reached` [width] marks the neurons with a synapse there."""
    level = mapping.network.level_of(bundle.source)
    if bundle.source == INPUT:
        return [Flow(level, INPUT, place, busy @ reached)]
    sources = mapping.cores_of(bundle.source)
    members = np.zeros((reached.size, len(sources)))
    for column, core in enumerate(sources):
        members[mapping.cores[core].rows, column] = 1.0
    messages = busy @ (members * reached[:, np.newaxis])
    return [Flow(level, core, place, messages[:, column]) for column, core in enumerate(sources)]


def _outflow(mapping: Mapping, activity: Activity) -> list[Flow]:
    """Messages that leave the chip."""
    wire = mapping.network.output_wire
    group = mapping.network.group_of(wire)
    level = mapping.network.level_of(group)
    busy = activity[wire]
    cores = mapping.cores_of(group)
    return [Flow(level, core, PORT, busy[:, mapping.cores[core].rows].sum(axis=1)) for core in cores]


def _traffic(mapping: Mapping, flows: list[Flow], frames: int) -> tuple[Floats, Floats, Routes]:
    starts = [PORT if flow.source == INPUT else mapping.cores[flow.source].place for flow in flows]
    found = routes([(start, flow.end) for start, flow in zip(starts, flows, strict=True)], mapping.chip)
    bits = mapping.chip.count("message_size")
    traffic = np.zeros((mapping.network.steps, frames, len(found.links)))
    steps = np.array([max(flow.level - 1, 0) for flow in flows])
    messages = np.stack([flow.messages for flow in flows], axis=1)
    for step in range(mapping.network.steps):
        own = steps == step
        traffic[step] = messages[:, own] @ found.crosses[own] * bits
    return traffic, messages @ found.hops, found


def token_by_token(counted: Tally, *, inputs: int = 0) -> Workload:
    """The workload when a frame enters after the last one has left. `inputs` come from the host."""
    steps, levels = counted.mapping.network.steps, counted.levels
    neurons = np.full((len(counted.hops), steps), counted.neurons.max(), np.float64)

    def heaviest(values: Floats) -> Floats:
        columns = [values[:, levels == level].max(axis=1, initial=0) for level in range(1, steps + 1)]
        return np.stack(columns, axis=1)

    links = _heaviest_links(counted.traffic, counted.routes)
    heaviest_counts = np.stack([heaviest(counted.synops), neurons, heaviest(counted.words), *links])
    updates = np.full(len(counted.hops), float(counted.neurons.sum() * steps))
    return _workload(counted, heaviest_counts, updates, inputs)


def pipelined(counted: Tally, *, inputs: int = 0, copies: int = 1) -> Workload:
    """The workload when a frame enters in every step: each group works on another frame.

    Steps before the first and after the last frame are left out where the clip is long enough. With `copies` of the
    network on the chips as many sequences are worked on side by side.
    """
    shifted = _aligned(counted.synops, counted.levels), _aligned(counted.words, counted.levels)
    synops, words = (values.max(axis=1, keepdims=True) for values in shifted)
    frames = len(synops)
    together = np.zeros((1, frames, counted.traffic.shape[2]))
    for step, bits in enumerate(counted.traffic, start=1):
        together[0] += _delayed(bits, step, frames)
    neurons = np.full((frames, 1), counted.neurons.max(), np.float64)
    heaviest = np.stack([synops, neurons, words, *_heaviest_links(together, counted.routes)])
    updates = np.full(len(counted.hops), float(counted.neurons.sum()))
    return _workload(counted, heaviest, updates, inputs, copies)


def _workload(counted: Tally, heaviest: Floats, updates: Floats, inputs: int, copies: int = 1) -> Workload:
    mapping, cores = counted.mapping, len(counted.mapping.cores) * copies
    synops, neurons, words, link_bits, chip_link_bits = heaviest
    return Workload(
        synops=synops,
        neurons=neurons,
        words=words,
        link_bits=link_bits,
        chip_link_bits=chip_link_bits,
        all_synops=counted.synops.sum(axis=1),
        updates=updates,
        messages=counted.sent.sum(axis=1),
        hops=counted.hops,
        depth=mapping.network.steps,
        cores=cores,
        chips=-(-cores // mapping.chip.count("cores")),
        inputs=inputs,
        copies=copies,
    )


def _heaviest_links(traffic: Floats, found: Routes) -> tuple[Floats, Floats]:
    """Bits on the heaviest link within and between chips: [steps, frames, links] -> twice [frames, steps]."""
    parts = (traffic[:, :, ~found.between_chips], traffic[:, :, found.between_chips])
    inside, outside = (part.max(axis=2, initial=0).T for part in parts)
    return inside, outside


def _delayed(values: Floats, level: int, frames: int) -> Floats:
    """What a group of this level does in each step that is counted: it lags the entry of frames by its level."""
    spare = len(values) - frames
    return values[spare - level : spare - level + frames] if spare else values


def _aligned(values: Floats, levels: npt.NDArray[np.int64]) -> Floats:
    """Per step instead of per frame: every core's row is that of the frame it works on; [steps, cores]."""
    spare = int(levels.max())
    frames = len(values) - spare if len(values) > spare else len(values)
    columns = [_delayed(values[:, core], int(level), frames) for core, level in enumerate(levels)]
    return np.stack(columns, axis=1)
