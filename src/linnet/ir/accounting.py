"""What a frame costs: the multiplications that a program makes on given codes, and the proxies computed from them.

A product counts where neither the weight nor the input is 0: so for every matrix, the nonzero weights in the columns
of the inputs that are not 0. A Scale is a matrix with only a diagonal. A Gate is one product for each input that is
not 0, whatever its sigmoid. A recurrence counts whole, four products per complex state and one per gated state, since
states are hardly ever 0. Sums, shifts and tables are no products. Everything is counted on the trace of
interpreter.py, in integers; how much memory a program takes is the business of sizes.py, and time that of who
measures it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from linnet.ir.interpreter import State, advance_codes, initial_state
from linnet.ir.nodes import (
    FLOAT_BITS,
    DiagonalRecurrence,
    Gate,
    GatedRecurrence,
    Linear,
    Node,
    Quantize,
    Scale,
)
from linnet.ir.program import Program

FRAMES_AT_ONCE = 512  # of a trace held in memory
NEURON_OPERATION = 10  # synaptic operations that one update of a neuron counts for, by the rule of N-DNS

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Course:
    """Frame by frame: `macs` int64 [nodes, frames], and `active` int64 [wires, frames], how many codes are not 0."""

    macs: Counts
    active: Counts

    def __add__(self, other: Course) -> Course:
        """Two streams side by side, of the same frames."""
        return Course(self.macs + other.macs, self.active + other.active)

    def among(self, runs: npt.NDArray[np.bool_]) -> Course:
        """The same where `runs` [all frames] is true, and nothing in the frames between, which cost nothing."""
        if runs.all():
            return self
        spread = [np.zeros((len(rows), len(runs)), np.int64) for rows in (self.macs, self.active)]
        for rows, own in zip(spread, (self.macs, self.active), strict=True):
            rows[:, runs] = own
        return Course(*spread)


@dataclass(frozen=True)
class Account:
    """Sums over `frames` frames: `macs` of every node and `active` codes of every wire, exact."""

    frames: int
    macs: tuple[int, ...]
    active: tuple[int, ...]

    def __add__(self, other: Account) -> Account:
        """Both recordings together."""
        macs = tuple(mine + theirs for mine, theirs in zip(self.macs, other.macs, strict=True))
        active = tuple(mine + theirs for mine, theirs in zip(self.active, other.active, strict=True))
        return Account(self.frames + other.frames, macs, active)

    @property
    def effective_macs(self) -> tuple[float, ...]:
        """Multiplications per frame of every node, in the mean; they add up to the program's."""
        return tuple(count / self.frames for count in self.macs)

    def shares(self, program: Program) -> tuple[float | None, ...]:
        """The mean share of every wire's codes that is not 0; None for the float wires at the two ends."""
        return tuple(
            None if wire.bits == FLOAT_BITS else count / (self.frames * wire.width)
            for wire, count in zip(program.wires, self.active, strict=True)
        )


def follow(program: Program, state: State, codes: npt.ArrayLike) -> tuple[State, Course]:
    """What the next block costs: int16 codes [frames, in] behind Quantize -> (state after it, its course).

    Raises:
        ValueError: the codes are not int16 [frames, in].
    """
    frames = np.shape(codes)[0]
    macs = np.zeros((len(program.nodes), frames), np.int64)
    active = np.zeros((len(program.wires), frames), np.int64)
    readers: dict[int, list[tuple[int, npt.NDArray[np.float64]]]] = defaultdict(list)
    for index, node in enumerate(program.nodes):
        macs[index] = products_of_states(program, node)
        if (products := products_of_inputs(program, node)) is not None:
            readers[node.reads[0]].append((index, products.astype(np.float64)))

    def trace(wire: int, values: npt.NDArray[Any]) -> None:
        busy = values != 0
        active[wire] = np.count_nonzero(busy, axis=1)
        for index, products in readers[wire]:
            macs[index] = busy.astype(np.float64) @ products  # exact: whole numbers far below 2^53

    state, _ = advance_codes(program, state, codes, trace=trace)
    return state, Course(macs, active)


def sum_course(course: Course) -> Account:
    """The account of one course."""
    sums = [tuple(int(row.sum()) for row in rows) for rows in (course.macs, course.active)]
    return Account(course.macs.shape[1], *sums)


def take_account(program: Program, codes: npt.ArrayLike) -> Account:
    """The account of a whole clip from rest: int16 codes [frames, in] behind Quantize, at least one frame.

    Raises:
        ValueError: the codes are not int16 [frames, in], or there are none.
    """
    block = np.asarray(codes)
    if block.ndim != 2 or not len(block):
        raise ValueError(
            f"codes of shape {block.shape} came, over which nothing can be averaged; give frames."
        )
    state, accounts = initial_state(program), []
    for first in range(0, len(block), FRAMES_AT_ONCE):
        state, course = follow(program, state, block[first : first + FRAMES_AT_ONCE])
        accounts.append(sum_course(course))
    return sum(accounts[1:], start=accounts[0])


def products_of_inputs(program: Program, node: Node) -> Counts | None:
    """How many products each input of a node takes part in where it is not 0: int64 [in]; None where in none.

    The inputs are those of the first wire that the node reads.
    """
    if isinstance(node, Linear):
        return np.tile(np.count_nonzero(node.weight, axis=0).astype(np.int64), node.repeat)
    if isinstance(node, Scale):
        return (node.weight != 0).astype(np.int64)
    if isinstance(node, Gate):
        return np.ones(program.wires[node.source].width, np.int64)
    return None


def products_of_states(program: Program, node: Node) -> int:
    """Products per frame that a recurrence makes with its states, whatever they are; 0 for other nodes."""
    if isinstance(node, DiagonalRecurrence):
        return 4 * int(node.decay_re.size)
    return program.wires[node.target].width if isinstance(node, GatedRecurrence) else 0


def nonzero_macs(program: Program, node: Node) -> int:
    """Products per frame of one node if no input were ever 0: what the zeros among the weights alone leave."""
    products = products_of_inputs(program, node)
    return products_of_states(program, node) if products is None else int(products.sum())


@dataclass(frozen=True)
class NdnsProxy:
    """What the Intel N-DNS challenge (arXiv:2303.09503) counts in place of joules, for any program.

    A block is the input, or a matrix with the neurons that it drives; what stands between two matrices (norm, ReLU,
    gate, recurrence) is work of neurons. `synops` per frame are the effective MACs of the matrices, `neuronops` the
    neurons of all blocks but the last, a complex state being two.
    """

    synops: float
    neuronops: int
    frame_seconds: float
    latency_seconds: float

    @property
    def power_ops_per_second(self) -> float:
        """(SynOps + 10 NeuronOps) / frame, in operations per second."""
        return (self.synops + NEURON_OPERATION * self.neuronops) / self.frame_seconds

    @property
    def power_delay_ops(self) -> float:
        """Power proxy times latency, in operations."""
        return self.power_ops_per_second * self.latency_seconds


def ndns_proxy(program: Program, account: Account, *, latency_seconds: float | None = None) -> NdnsProxy:
    """The proxies of `program` as `account` found it; without a measured latency the algorithmic one."""
    blocks = [index for index, node in enumerate(program.nodes) if isinstance(node, (Quantize, Linear))]
    matrices = [index for index in blocks if isinstance(program.nodes[index], Linear)]
    front_end = program.metadata.front_end
    return NdnsProxy(
        synops=sum(account.macs[index] for index in matrices) / account.frames,
        neuronops=sum(program.wires[program.nodes[index].writes].width for index in blocks[:-1]),
        frame_seconds=front_end.frame_seconds,
        latency_seconds=front_end.latency_seconds if latency_seconds is None else latency_seconds,
    )
