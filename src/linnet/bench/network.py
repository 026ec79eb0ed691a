"""The benchmark's model as mathematics: weights in floating point, and what one frame means in float64.

The same network is rounded to integers for the engine (programs.py) and handed to the peers as it is
(peers/). It has the shape of the denoiser of nn/: encoder, S5 layers with a gate each, decoder. NumPy only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Real = NDArray[Any]
"""Floating point, float32 or float64."""
Trace = dict[str, Real]
"""Values of every wire by name, [frames, width] each."""


@dataclass(frozen=True)
class Layer:
    """H features, P complex states; pairs are held as P real parts and then P imaginary ones."""

    decay_re: Real  # [P]
    decay_im: Real  # [P]
    drive: Real  # [2 P, H]
    drive_bias: Real  # [2 P]
    read: Real  # [H, 2 P]
    skip: Real  # [H]
    skip_bias: Real  # [H]
    gate: Real  # [H, H]
    gate_bias: Real  # [H]


@dataclass(frozen=True)
class Network:
    """bins -> H -> layers of H -> bins, a gain in (0, 1) for each."""

    encoder: Real  # [H, bins]
    encoder_bias: Real  # [H]
    layers: tuple[Layer, ...]
    decoder: Real  # [bins, H]
    decoder_bias: Real  # [bins]

    @property
    def bins(self) -> int:
        """Features in, and gains out, of a frame."""
        return int(self.encoder.shape[1])

    @property
    def features(self) -> int:
        """H, the width of the stream between the layers."""
        return int(self.encoder.shape[0])

    @property
    def states(self) -> int:
        """P, complex states of each layer."""
        return int(self.layers[0].decay_re.size)

    @property
    def state_width(self) -> int:
        """Real numbers of all states together, layer by layer."""
        return 2 * self.states * len(self.layers)

    def matrices(self) -> Iterator[tuple[str, Real]]:
        """Every matrix with its name, in the order they are used."""
        yield "encoder", self.encoder
        for index, layer in enumerate(self.layers):
            for name in ("drive", "read", "gate"):
                yield f"{index}.{name}", getattr(layer, name)
        yield "decoder", self.decoder

    def arrays(self) -> dict[str, Real]:
        """Every constant by name: what `save` writes."""
        named = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "layers"}
        for index, layer in enumerate(self.layers):
            named |= {f"{index}.{f.name}": getattr(layer, f.name) for f in fields(layer)}
        return named

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, Real]) -> Network:
        """The network whose `arrays` these are."""
        count = sum(name.endswith(".drive") for name in arrays)
        layers = tuple(Layer(*(arrays[f"{i}.{f.name}"] for f in fields(Layer))) for i in range(count))
        outside = {f.name: arrays[f.name] for f in fields(cls) if f.name != "layers"}
        return cls(**outside, layers=layers)

    def astype(self, dtype: type[np.generic]) -> Network:
        """The same network with every constant in this type."""
        return Network.of_arrays({name: array.astype(dtype) for name, array in self.arrays().items()})


def save(network: Network, frames: Real, path: Path) -> None:
    """Write a network as float32, and frames [frames, bins] to run it on."""
    arrays = network.astype(np.float32).arrays()
    np.savez(path, **arrays, frames=frames.astype(np.float32))  # type: ignore[arg-type]


def load(path: Path) -> tuple[Network, NDArray[np.float32]]:
    """The network and the frames that `save` wrote."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    frames = arrays.pop("frames")
    return Network.of_arrays(arrays), frames


def sigmoid(values: Real) -> Real:
    """1 / (1 + exp(-values)); beyond +-80 it has arrived."""
    return 1.0 / (1.0 + np.exp(-np.clip(values, -80.0, 80.0)))


def relu(values: Real) -> Real:
    """max(values, 0)."""
    return np.maximum(values, 0.0)


def gains(network: Network, frames: Real, trace: Trace | None = None) -> Real:
    """The meaning, in float64, of frames from rest: [frames, bins] to [frames, bins]."""
    seen: Trace = {} if trace is None else trace
    exact = network.astype(np.float64)
    seen["features"] = np.asarray(frames, np.float64)
    u = seen["encoded"] = relu(seen["features"] @ exact.encoder.T + exact.encoder_bias)
    for index, layer in enumerate(exact.layers):
        inside: Trace = {}
        u = layer_output(layer, u, inside)
        seen |= {f"{index}.{name}": values for name, values in inside.items()}
    seen["logit"] = u @ exact.decoder.T + exact.decoder_bias
    return sigmoid(seen["logit"])


def layer_output(layer: Layer, u: Real, seen: Trace) -> Real:
    """One layer over a block of frames from rest: [frames, H] to [frames, H]."""
    seen["drive"] = u @ layer.drive.T + layer.drive_bias
    seen["state"] = scan(layer, seen["drive"])
    seen["read"] = complex_relu(seen["state"]) @ layer.read.T
    seen["skip"] = layer.skip * u + layer.skip_bias
    seen["sum"] = seen["read"] + seen["skip"]
    y = relu(seen["sum"])
    seen["control"] = y @ layer.gate.T + layer.gate_bias
    seen["output"] = u + y * sigmoid(seen["control"])
    return relu(seen["output"])


def scan(layer: Layer, drive: Real) -> Real:
    """x_t = Lambda x_{t-1} + d_t from rest: [frames, 2 P] to [frames, 2 P]."""
    decay = layer.decay_re + 1j * layer.decay_im
    half = decay.size
    x, states = np.zeros(half, np.complex128), np.empty_like(drive)
    for t, d in enumerate(drive):
        x = decay * x + (d[:half] + 1j * d[half:])
        states[t, :half], states[t, half:] = x.real, x.imag
    return states


def complex_relu(pairs: Real) -> Real:
    """A pair stays where its real part is positive, else both are 0: [..., 2 P]."""
    half = pairs.shape[-1] // 2
    keep = pairs[..., :half] > 0
    return np.where(np.concatenate([keep, keep], axis=-1), pairs, 0.0)
