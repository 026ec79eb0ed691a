"""JAX: the step jitted as a whole, weights constants of it. The one file outside the learning wing that knows JAX:

it runs in a process of its own and no room imports it.
"""

from __future__ import annotations

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from linnet.bench.network import Network
from linnet.bench.peers.serving import Frames, Peer


def build(network: Network, frames: Frames, variant: str) -> Peer:
    """The only variant is jit."""
    # to wait for a thread takes longer than the step
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    inputs = [jnp.asarray(frame) for frame in frames]
    half = network.states

    def forward(states: list[Array], frame: Array) -> tuple[list[Array], Array]:
        u, following = jax.nn.relu(network.encoder @ frame + network.encoder_bias), []
        for x, layer in zip(states, network.layers, strict=True):
            d = layer.drive @ u + layer.drive_bias
            re = layer.decay_re * x[:half] - layer.decay_im * x[half:] + d[:half]
            im = layer.decay_re * x[half:] + layer.decay_im * x[:half] + d[half:]
            following.append(jnp.concatenate([re, im]))
            kept = jnp.concatenate([jnp.where(re > 0, re, 0), jnp.where(re > 0, im, 0)])
            y = jax.nn.relu(layer.read @ kept + layer.skip * u + layer.skip_bias)
            u = jax.nn.relu(y * jax.nn.sigmoid(layer.gate @ y + layer.gate_bias) + u)
        return following, jax.nn.sigmoid(network.decoder @ u + network.decoder_bias)

    jitted = jax.jit(forward)
    held = [[jnp.zeros(2 * half, jnp.float32) for _ in network.layers]]
    answers = [jnp.zeros(network.bins, jnp.float32)]

    def step(index: int) -> None:
        held[0], answers[0] = jitted(held[0], inputs[index])
        answers[0].block_until_ready()

    return Peer(step, lambda: np.asarray(answers[0]), {"jax": jax.__version__})
