"""A mapped network at work, message by message: cores with their own synapses and neurons, and steps between barriers.

A core knows only what a core would: the messages that reach its axons, its nonzero weights, its states. A frame enters
every `period` steps; a group of level n runs n steps later, and a message waits for the step in which it is read. Token
by token a frame enters when the last one has left; pipelined, a new one enters in every step. Both give the codes of
ir/interpreter.py. What a step takes is the business of cost.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linnet.hardware.mapping import Mapping
from linnet.hardware.microcode import PROGRAM_STATE_BITS, Run, Target, bind, kind_of
from linnet.hardware.synapses import accumulators
from linnet.ir import Linear
from linnet.numerics import saturate

Values = npt.NDArray[np.int64]
Message = tuple[Values, Values]  # axons of one core, and the payload of each


@dataclass(frozen=True)
class Simulation:
    """What came out, and what every core did for every frame.

    `codes` int16 [frames, out]; `latency` steps from the entry of a frame to its outputs; `synops`, `messages` (sent)
    int64 [frames, cores]; the most bits that any accumulator and any state needed.
    """

    codes: npt.NDArray[np.int16]
    latency: int
    synops: Values
    messages: Values
    accumulator_bits: int
    state_bits: int


class SimulatedCore:
    """One core: axons with their synapses, accumulators, microcode and states of its neurons."""

    def __init__(self, mapping: Mapping, index: int, state_bits: int) -> None:
        """At rest."""
        core, program = mapping.cores[index], mapping.network.program
        self.rows, self.sums = core.rows, accumulators(mapping.network, core.group)
        self.axons = self._load_synapses(mapping, index)
        nodes = [program.nodes[node] for node in mapping.network.groups[core.group].nodes]
        self.microcode: list[tuple[Run, tuple[int, ...], int]] = []
        for node in nodes:
            reads = (node.writes,) if isinstance(node, Linear) else node.reads
            run = bind(node, self.rows, Target(program.wires[node.writes].bits, state_bits))
            self.microcode.append((run, reads, node.writes))
        self.states = [
            np.zeros(self.rows.size if kind_of(node).state_words else 0, np.int64) for node in nodes
        ]
        self.sum_bits = self.state_bits = 1

    def _load_synapses(self, mapping: Mapping, index: int) -> dict[int, Values]:
        """Store the nonzero weights axon by axon; return the axon of every neuron of each wire, -1 for none."""
        axons, starts, targets, weights = {}, [0], [], []
        for bundle in mapping.bundles[mapping.cores[index].group]:
            table = bundle.weights[:, self.rows].reshape(-1, bundle.weights.shape[2])
            sources, into = np.nonzero(table.T)
            targets.append(into)
            weights.append(table[into, sources].astype(np.float64))
            counts = np.bincount(sources, minlength=table.shape[1])
            used = counts > 0
            axons[bundle.wire] = np.where(used, np.cumsum(used) - 1 + len(starts) - 1, -1)
            starts.extend((starts[-1] + np.cumsum(counts[used])).tolist())
        self.starts = np.array(starts, np.int64)
        self.targets, self.weights = np.concatenate(targets), np.concatenate(weights)
        return axons

    def receive(self, messages: list[Message]) -> tuple[Values, int]:
        """Add up what the messages bring: accumulators [sums, neurons], and the synaptic operations that took."""
        size = len(self.sums) * self.rows.size
        if not messages:
            return np.zeros((len(self.sums), self.rows.size), np.int64), 0
        axons, payload = (np.concatenate(each) for each in zip(*messages, strict=True))
        first, count = self.starts[axons], self.starts[axons + 1] - self.starts[axons]
        total = int(count.sum())
        place = np.repeat(first - np.cumsum(count) + count, count) + np.arange(total)
        products = self.weights[place] * np.repeat(payload, count)
        # float64 holds every sum exactly: ir/validation.py proves that none reaches 2^31
        sums = np.bincount(self.targets[place], products, minlength=size).astype(np.int64)
        self.sum_bits = max(self.sum_bits, _bits(sums))
        return sums.reshape(len(self.sums), -1), total

    def update(self, sums: Values) -> dict[int, Values]:
        """Run the microcode of all neurons once; return the values of all wires [neurons]."""
        values = dict(zip(self.sums, sums, strict=True))
        for place, (run, reads, writes) in enumerate(self.microcode):
            inputs = [values[wire] for wire in reads]
            self.states[place], values[writes] = run(inputs, self.states[place])
        self.state_bits = max(self.state_bits, *map(_bits, self.states))
        return values


class _Machine:
    """All cores, the messages on their way, and the counts of what was done."""

    def __init__(self, mapping: Mapping, frames: int, state_bits: int) -> None:
        self.mapping, self.network = mapping, mapping.network
        self.cores = [SimulatedCore(mapping, index, state_bits) for index in range(len(mapping.cores))]
        self.payload = mapping.chip.count("message_payload")
        self.mail: dict[tuple[int, int], list[Message]] = defaultdict(list)
        self.synops = np.zeros((frames, len(self.cores)), np.int64)
        self.messages = np.zeros((frames, len(self.cores)), np.int64)
        width = self.network.program.wires[self.network.output_wire].width
        self.codes = np.zeros((frames, width), np.int16)
        self.readers = self._readers()

    def _readers(self) -> dict[int, list[tuple[int, int, Values]]]:
        """For every wire: the cores that it goes to, the delay, and the axon of each of its neurons."""
        found = defaultdict(list)
        for index, core in enumerate(self.cores):
            for bundle in self.mapping.bundles[self.mapping.cores[index].group]:
                found[bundle.wire].append((index, bundle.delay, core.axons[bundle.wire]))
        return found

    def send(self, wire: int, rows: Values, values: Values, step: int) -> int:
        """Send what is not 0 to every core with a synapse for it; return the number of messages."""
        busy = values != 0
        rows, values, sent = rows[busy], values[busy], 0
        if not np.array_equal(values, saturate(values, self.payload)):
            raise ValueError(
                f"wire {wire} sent more than the {self.payload} bits of a message; give it at most 16 bits."
            )
        for core, delay, axons in self.readers[wire]:
            there = axons[rows]
            reached = there >= 0
            if reached.any():
                self.mail[step + delay, core].append((there[reached], values[reached]))
                sent += int(reached.sum())
        return sent

    def run_core(self, core: int, step: int, frame: int) -> None:
        """One core in one step, in which it works on `frame`."""
        sums, self.synops[frame, core] = self.cores[core].receive(self.mail.pop((step, core), []))
        values = self.cores[core].update(sums)
        rows = self.cores[core].rows
        for wire in self.network.groups[self.mapping.cores[core].group].sends:
            if wire == self.network.output_wire:
                self.codes[frame, rows] = values[wire]
            self.messages[frame, core] += self.send(wire, rows, values[wire], step)
            if wire == self.network.output_wire:
                self.messages[frame, core] += int(np.count_nonzero(values[wire]))


def run_token_by_token(
    mapping: Mapping, codes: npt.ArrayLike, *, state_bits: int = PROGRAM_STATE_BITS
) -> Simulation:
    """A clip, each frame when the last one has left: int16 codes behind Quantize [frames, in].

    `state_bits` below 32 narrows the states of recurrences, which changes what comes out.

    Raises:
        ValueError: the codes do not fit the program.
    """
    return _run(mapping, codes, mapping.network.steps, state_bits)


def run_pipelined(
    mapping: Mapping, codes: npt.ArrayLike, *, state_bits: int = PROGRAM_STATE_BITS
) -> Simulation:
    """A clip, a new frame in every step; see `run_token_by_token`."""
    return _run(mapping, codes, 1, state_bits)


def _run(mapping: Mapping, codes: npt.ArrayLike, period: int, state_bits: int) -> Simulation:
    block, network = np.asarray(codes), mapping.network
    if block.dtype != np.int16 or block.ndim != 2 or block.shape[1] != network.program.input_width:
        raise ValueError(
            f"codes came as {block.dtype} of shape {block.shape}; give int16 [frames, {network.program.input_width}], "
            "as Quantize writes them."
        )
    block = saturate(block, network.program.wires[network.input_wire].bits)
    machine = _Machine(mapping, len(block), state_bits)
    every = np.arange(network.program.input_width)
    for step in range((len(block) - 1) * period + network.steps + 1 if len(block) else 0):
        if step % period == 0 and step // period < len(block):
            machine.send(network.input_wire, every, block[step // period], step)
        for core, frame in _working(mapping, step, period, len(block)):
            machine.run_core(core, step, frame)
    sum_bits = max(core.sum_bits for core in machine.cores)
    kept_bits = max(core.state_bits for core in machine.cores)
    return Simulation(machine.codes, network.steps, machine.synops, machine.messages, sum_bits, kept_bits)


def _bits(values: Values) -> int:
    """Bits of the narrowest signed integer that holds all values."""
    lowest, highest = int(values.min(initial=0)), int(values.max(initial=0))
    return 1 + max(highest.bit_length(), (-lowest - 1).bit_length() if lowest else 0)


def _working(mapping: Mapping, step: int, period: int, frames: int) -> Iterator[tuple[int, int]]:
    """The cores that have a frame to work on in this step, and which; a phase counter in their microcode tells them."""
    for index, core in enumerate(mapping.cores):
        since = step - mapping.network.level_of(core.group)
        if since >= 0 and since % period == 0 and since // period < frames:
            yield index, since // period
