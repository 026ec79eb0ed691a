"""NumPy in float32: the plainest dense form, always there. Its matrix products are OpenBLAS's, on one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from linnet.bench.network import Network
from linnet.bench.peers.serving import Frames, Peer


def stepping(
    network: Network, frames: Frames, stored: Callable[[Any], Any], versions: dict[str, str]
) -> Peer:
    """The step with every matrix as `stored` holds it, which must know `@`."""
    np.seterr(over="ignore")  # exp(100) is infinite in float32, and 1 / infinity the right gain
    encoder, decoder = stored(network.encoder), stored(network.decoder)
    layers = [(layer, *map(stored, (layer.drive, layer.read, layer.gate))) for layer in network.layers]
    half, zero, one = network.states, np.float32(0.0), np.float32(1.0)
    states = [np.zeros(2 * half, np.float32) for _ in layers]
    answers = [np.zeros(network.bins, np.float32)]

    def step(index: int) -> None:
        u = np.maximum(encoder @ frames[index] + network.encoder_bias, zero)
        for x, (layer, drive, read, gate) in zip(states, layers, strict=True):
            d = drive @ u + layer.drive_bias
            re = layer.decay_re * x[:half] - layer.decay_im * x[half:] + d[:half]
            x[half:] = layer.decay_re * x[half:] + layer.decay_im * x[:half] + d[half:]
            x[:half] = re
            keep = re > zero
            y = read @ (x * np.concatenate([keep, keep])) + layer.skip * u + layer.skip_bias
            y = np.maximum(y, zero)
            control = gate @ y + layer.gate_bias
            u = np.maximum(y / (one + np.exp(-control)) + u, zero)
        answers[0] = one / (one + np.exp(-(decoder @ u + network.decoder_bias)))

    return Peer(step, lambda: answers[0], versions)


def build(network: Network, frames: Frames, variant: str) -> Peer:
    """The only variant is float."""
    return stepping(network, frames, lambda matrix: matrix, {"numpy": np.__version__})
