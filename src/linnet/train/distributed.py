"""Which devices a run uses and what each of them holds: every device the whole state, and its share of each batch.

One axis, `clips`, over all devices of all processes. A model is small beside its activations, so nothing else is cut.
An update averages gradients and batch statistics over the axis: the same numbers on any number of devices, but for the
order of sums. So a checkpoint, which holds one copy of the state, goes on wherever it is read.
"""

import re
import signal
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from linnet.tasks.contract import Batch, Examples, Share

Tree = TypeVar("Tree")

AXIS = "clips"
WHOLE, CUT = PartitionSpec(), PartitionSpec(AXIS)
"""How an array lies on the devices: a copy on each, or its first axis cut into shares."""


class DistributionError(ValueError):
    """Processes or devices that cannot share this run."""


class Processes(NamedTuple):
    """How several processes find each other: the address of the first, how many, and which of them this is.

    Without an address, a cluster that JAX knows (Slurm, Open MPI, Kubernetes) is asked for all of it.
    """

    coordinator: str | None = None
    number: int = 1
    this: int | None = None


LONGEST_WAIT_S = 300  # for the other processes; JAX ends the process after that


def join(processes: Processes) -> None:
    """Make this one of several processes that train together; call before anything else of JAX.

    Raises:
        DistributionError: the words contradict each other, there is no cluster, or the others were not met.
    """
    if processes == Processes():
        return
    _require_sense(processes)
    # JAX would catch termination signals to save a last checkpoint; ours are never older than the recipe says
    jax.config.update("jax_enable_preemption_service", False)
    where = processes.coordinator or "the cluster's address"
    print(f"waiting for {processes.number} processes at {where}, {LONGEST_WAIT_S} s at most", file=sys.stderr)
    number = None if processes.coordinator is None else processes.number
    try:
        with _ended_by_signals():
            jax.distributed.initialize(
                processes.coordinator, number, processes.this, initialization_timeout=LONGEST_WAIT_S
            )
    except (RuntimeError, ValueError) as error:
        raise DistributionError(
            f"the other processes were not met at {where} ({error}); start all of them with the same "
            "--coordinator HOST:PORT, process 0 on that host."
        ) from error
    if jax.process_count() != processes.number:
        raise DistributionError(
            f"the cluster runs {jax.process_count()} processes, --processes says {processes.number}; give that number."
        )


def _require_sense(processes: Processes) -> None:
    coordinator, number, this = processes
    if number < 1 or (this is not None and not 0 <= this < number):
        raise DistributionError(f"--process {this} is none of --processes {number}; number them from 0.")
    if (coordinator is None) != (this is None):
        raise DistributionError(
            f"--process {this} came with --coordinator {coordinator}; give both, or neither in a cluster JAX knows."
        )
    if coordinator is not None and not re.fullmatch(r".+:\d+", coordinator):
        raise DistributionError(
            f"--coordinator {coordinator} names no port, so nobody is met there; give HOST:PORT, e.g. localhost:7654."
        )


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Waiting happens outside of Python, where our own handlers would not run: let signals end the process."""
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, signal.SIG_DFL) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)


@contextmanager
def together() -> Iterator[None]:
    """What is refused inside by one process is refused by all, so that none waits for one that has gone."""
    try:
        yield
    except Exception:
        _gathered(np.int32(0))
        raise
    if not all(_gathered(np.int32(1))):
        raise DistributionError("another process could not start, so this one ends; see that one's message.")


def require_same(name: str, value: str) -> None:
    """Refuse, in all processes, where they do not agree on `value`."""
    marks = _gathered(np.int32(zlib.crc32(value.encode()) >> 1))
    if len(set(marks)) > 1:
        raise DistributionError(
            f"the processes do not have the same {name}, so they cannot train one model; start all of them alike, with "
            "a RUN that each can see."
        )


def _gathered(value: np.int32 | np.float32) -> list[Any]:
    """One number of each process, known to all."""
    if jax.process_count() == 1:
        return [value.item()]
    from jax.experimental.multihost_utils import process_allgather

    return list(np.ravel(process_allgather(value)).tolist())


def average(values: Array) -> Array:
    """The mean over all devices, inside a function that `Devices.split` runs."""
    mean: Array = jax.lax.pmean(values, AXIS)
    return mean


def largest_of_all(values: Array) -> Array:
    """The largest over all devices, where `average` may be called."""
    largest: Array = jax.lax.pmax(values, AXIS)
    return largest


@dataclass(frozen=True)
class Devices:
    """All devices of all processes, as one row."""

    mesh: Mesh

    @classmethod
    def all(cls) -> "Devices":
        """Every device that JAX sees here and in the processes joined."""
        return cls(Mesh(np.array(jax.devices()), (AXIS,)))

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.mesh.size)

    def split(self, function: Any, inputs: tuple[PartitionSpec, ...], outputs: Any) -> Any:
        """`function`, which sees one device's part, as a function of whole arrays; `average` may be called inside."""
        return jax.shard_map(function, mesh=self.mesh, in_specs=inputs, out_specs=outputs, check_vma=False)

    def copy(self, tree: Tree) -> Tree:
        """A tree of arrays with a copy on every device, none of it shared with the original."""
        own = jax.tree.map(jnp.copy, tree)  # device_put would keep the original on the device where it lies
        whole: Tree = jax.device_put(own, NamedSharding(self.mesh, WHOLE))
        return whole

    def place(self, batch: Tree) -> Tree:
        """This process's rows of a batch, laid onto its devices: a tree of arrays, the first axis the example."""
        sharding = NamedSharding(self.mesh, CUT)
        placed: Tree = jax.tree.map(lambda x: jax.make_array_from_process_local_data(sharding, x), batch)
        return placed

    def require_shares(self, name: str, clips: int, parts: int = 1) -> None:
        """Refuse a batch that does not go evenly onto the devices, in `parts` one after the other."""
        if clips % (self.count * parts):
            each = f" in {parts} parts" if parts > 1 else ""
            raise DistributionError(
                f"{name} of {clips} clips cannot be shared evenly by {self.count} devices{each}; "
                f"choose a multiple of {self.count * parts}, or fewer devices (XLA_FLAGS, CUDA_VISIBLE_DEVICES)."
            )


@dataclass(frozen=True)
class PlacedExamples:
    """Examples whose batches lie on the devices already, so that the copy is done ahead, too."""

    examples: Examples[Batch]
    devices: Devices

    def batch(self, index: int) -> Batch:
        """Batch number `index` as global arrays."""
        return self.devices.place(self.examples.batch(index))


def share() -> Share:
    """The rows of every batch that this process reads."""
    return Share(jax.process_index(), jax.process_count())


def leads() -> bool:
    """Whether this process is the one that writes files and speaks to the user."""
    return bool(jax.process_index() == 0)


def mean_over_processes(value: float) -> float:
    """The mean of one number of each process, known to all."""
    return float(np.mean(_gathered(np.float32(value))))
