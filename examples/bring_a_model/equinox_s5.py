"""The S5 network of the package discretax (JAX, Equinox), trained here to tell waveforms: pip install discretax optax.

Writes equinox.safetensors and equinox.npz for `linnet import`. `--kind lru` takes its LRU network instead.
"""

import argparse
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from discretax.encoder import LinearEncoder
from discretax.models import LRU, S5
from safetensors.numpy import save_file
from waveforms import SHAPES, batch

WIDTH, STATES, LAYERS = 32, 32, 2


class Model(eqx.Module):
    """Sequences [frames, 1] to logits [frames, SHAPES]."""

    encoder: LinearEncoder
    layers: Any
    decoder: eqx.nn.Linear

    def __init__(self, key: jax.Array, kind: str) -> None:
        """With random weights."""
        keys = jax.random.split(key, 3)
        network = {"s5": S5, "lru": LRU}[kind]
        self.encoder = LinearEncoder(1, keys[0], out_features=WIDTH)
        self.layers = network(keys[1], hidden_dim=WIDTH, num_blocks=LAYERS, state_dim=STATES, drop_rate=0.0)
        self.decoder = eqx.nn.Linear(WIDTH, SHAPES, key=keys[2])

    def __call__(self, x: jax.Array, state: eqx.nn.State, key: jax.Array) -> tuple[jax.Array, eqx.nn.State]:
        """All frames, and the statistics of the norms."""
        x, state = self.encoder(x, state)
        x, state = self.layers(x, state, key)
        return jax.vmap(self.decoder)(x), state


def outputs_of(model: Model, state: eqx.nn.State, inputs: Any) -> tuple[jax.Array, eqx.nn.State]:
    """Sequences [n, frames, 1] to logits, and the statistics."""
    mapped = jax.vmap(model, in_axes=(0, None, None), out_axes=(0, None), axis_name="batch")
    return mapped(jnp.asarray(inputs), state, jax.random.PRNGKey(0))


def trained(kind: str, updates: int) -> tuple[Model, eqx.nn.State]:
    """A model after so many updates, in inference mode."""
    model, state = eqx.nn.make_with_state(Model)(jax.random.PRNGKey(0), kind)
    optimizer = optax.adam(4e-3)
    moments = optimizer.init(eqx.filter(model, eqx.is_inexact_array))

    @eqx.filter_jit
    def update(model: Model, state: eqx.nn.State, moments: Any, inputs: Any, labels: Any) -> Any:
        def loss(model: Model) -> tuple[jax.Array, eqx.nn.State]:
            outputs, after = outputs_of(model, state, inputs)
            return optax.softmax_cross_entropy_with_integer_labels(outputs, labels).mean(), after

        (value, after), gradient = eqx.filter_value_and_grad(loss, has_aux=True)(model)
        moved, moments = optimizer.update(gradient, moments)
        return eqx.apply_updates(model, moved), after, moments, value

    for number in range(updates):
        model, state, moments, value = update(model, state, moments, *batch(number))
        if number % 50 == 0:
            print(f"update {number}: loss {float(value):.3f}", flush=True)
    return eqx.nn.inference_mode(model), state


def tensors_of(model: Model, state: eqx.nn.State) -> dict[str, np.ndarray]:
    """All arrays by their paths, ".layers.blocks[0].sequence_mixer.B"; and the statistics of the norms."""
    leaves = jax.tree_util.tree_leaves_with_path(eqx.filter(model, eqx.is_array))
    tensors = {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}
    for i, block in enumerate(model.layers.blocks):
        mean, variance = state.get(block.norm.ema_state_index)
        tensors |= {f"norm.{i}.mean": np.asarray(mean), f"norm.{i}.var": np.asarray(variance)}
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


def main() -> None:
    """Train, score, and write both files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--updates", type=int, default=400)
    parser.add_argument("--kind", choices=["s5", "lru"], default="s5")
    asked = parser.parse_args()
    model, state = trained(asked.kind, asked.updates)
    inputs, labels = batch(1_000_000, 32)
    outputs = np.asarray(outputs_of(model, state, inputs)[0])
    print(f"right in {np.mean(np.argmax(outputs, -1) == labels):.1%} of the frames")
    save_file(tensors_of(model, state), "equinox.safetensors")
    np.savez("equinox.npz", inputs=inputs, outputs=outputs)


if __name__ == "__main__":
    main()
