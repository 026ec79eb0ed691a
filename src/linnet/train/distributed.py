"""Which devices a run uses and what each of them holds: every device the whole state, and its share of each batch.

One axis, `clips`, over all devices of all processes. A model is small beside its activations, so nothing else is cut.
An update averages gradients and batch statistics over the axis: the same numbers on any number of devices, but for the
order of sums. So a checkpoint, which holds one copy of the state, goes on wherever it is read.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from linnet.audio.dataset import ClipDataset, Share
from linnet.train.losses import Clips

Tree = TypeVar("Tree")

AXIS = "clips"
WHOLE, CUT = PartitionSpec(), PartitionSpec(AXIS)
"""How an array lies on the devices: a copy on each, or its first axis cut into shares."""


class DistributionError(ValueError):
    """Processes or devices that cannot share this run."""


class Processes(NamedTuple):
    """How several processes find each other: the address of the first, how many, and which of them this is."""

    coordinator: str | None = None
    number: int = 1
    this: int = 0


def join(processes: Processes) -> None:
    """Make this one of several processes that train together; call before anything else of JAX.

    Without an address, a cluster that JAX knows (Slurm, Open MPI, Kubernetes, TPU pods) is asked for it.

    Raises:
        DistributionError: the index is none of the processes, or the others were not met.
    """
    if processes.number == 1 and processes.this == 0:
        return
    if not 0 <= processes.this < processes.number:
        raise DistributionError(
            f"--process {processes.this} is none of --processes {processes.number}; number them from 0."
        )
    try:
        jax.distributed.initialize(processes.coordinator, processes.number, processes.this)
    except (RuntimeError, ValueError) as error:
        raise DistributionError(
            f"process {processes.this} of {processes.number} did not meet the others at {processes.coordinator} "
            f"({error}); start all of them with the same --coordinator HOST:PORT, process 0 on that host."
        ) from error


def average(values: Array) -> Array:
    """The mean over all devices, inside a function that `Devices.split` runs."""
    mean: Array = jax.lax.pmean(values, AXIS)
    return mean


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

    def place(self, batch: tuple[Clips, Clips]) -> "PlacedBatch":
        """This process's rows of a batch, laid onto its devices."""
        sharding = NamedSharding(self.mesh, CUT)
        return PlacedBatch(*(jax.make_array_from_process_local_data(sharding, clips) for clips in batch))

    def require_shares(self, name: str, clips: int, parts: int = 1) -> None:
        """Refuse a batch that does not go evenly onto the devices, in `parts` one after the other."""
        if clips % (self.count * parts):
            each = f" in {parts} parts" if parts > 1 else ""
            raise DistributionError(
                f"{name} of {clips} clips cannot be shared evenly by {self.count} devices{each}; "
                f"choose a multiple of {self.count * parts}, or fewer devices (XLA_FLAGS, CUDA_VISIBLE_DEVICES)."
            )


class PlacedBatch(NamedTuple):
    """Both [batch, samples], cut over the devices."""

    noisy: Array
    clean: Array


@dataclass(frozen=True)
class PlacedDataset:
    """A dataset whose batches lie on the devices already, so that the copy is done ahead, too."""

    dataset: ClipDataset
    devices: Devices

    def batch(self, index: int) -> "PlacedBatch":
        """Batch number `index` as global arrays."""
        return self.devices.place(self.dataset.batch(index))


def share() -> Share:
    """The rows of every batch that this process reads."""
    return Share(jax.process_index(), jax.process_count())


def leads() -> bool:
    """Whether this process is the one that writes files and speaks to the user."""
    return bool(jax.process_index() == 0)


def mean_over_processes(value: float) -> float:
    """The mean of one number of each process, known to all."""
    if jax.process_count() == 1:
        return value
    from jax.experimental.multihost_utils import process_allgather

    return float(np.mean(process_allgather(np.float32(value))))
