"""SciPy in float32, matrices as compressed sparse rows: the usual way to keep the zeros out of a product."""

from __future__ import annotations

import numpy as np
import scipy
from scipy import sparse

from linnet.bench.network import Network
from linnet.bench.peers.numpy_step import stepping
from linnet.bench.peers.serving import Frames, Peer


def build(network: Network, frames: Frames, variant: str) -> Peer:
    """The only variant is csr."""
    return stepping(network, frames, sparse.csr_array, {"scipy": scipy.__version__, "numpy": np.__version__})
