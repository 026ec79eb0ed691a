"""Ways to split a group over cores: by place, or by the synaptic operations that are expected.

A split takes the load of every atom (a neuron, or a complex state) and a number of cores, and returns the atoms of each
core. Splitting by expected operations: arXiv:2511.21549.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Atoms = npt.NDArray[np.int64]
Split = Callable[[npt.NDArray[np.float64], int], list[Atoms]]


def by_place(loads: npt.NDArray[np.float64], cores: int) -> list[Atoms]:
    """Neighbours stay together, as many on each core: what halving until everything fits leads to."""
    return [part.astype(np.int64) for part in np.array_split(np.arange(loads.size), cores)]


def by_load(loads: npt.NDArray[np.float64], cores: int) -> list[Atoms]:
    """The heaviest atom first, always to the core with the least load; of equals, to that with the fewest atoms.

    No core is heavier than 4/3 - 1 / (3 cores) of the best split (Graham, 1969).
    """
    parts: list[list[int]] = [[] for _ in range(cores)]
    open_cores = [(0.0, 0, core) for core in range(cores)]
    for atom in np.argsort(-loads, kind="stable"):
        load, count, core = heapq.heappop(open_cores)
        parts[core].append(int(atom))
        heapq.heappush(open_cores, (load + float(loads[atom]), count + 1, core))
    return [np.array(sorted(part), np.int64) for part in parts]
