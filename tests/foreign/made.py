"""Models made on the spot, as others would make them: tensors by name, maps, and their outputs computed here anew.

Everything is computed in complex numbers and by other means than linnet.foreign, which the tests compare with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from linnet.foreign.network import Network
from linnet.foreign.tensors import Tensors

INPUTS, WIDTH, STATES, OUTPUTS = 5, 16, 12, 3

ENDS = """
[encoder]
weight = "enc.weight"
bias = "enc.bias"

[decoder]
weight = "dec.weight"
"""

LRU = """
[[layers]]
repeat = 2
activation = "relu"

[layers.norm]
kind = "batch"
mean = "l{i}.mean"
var = "l{i}.var"
weight = "l{i}.scale"
bias = "l{i}.offset"

[layers.recurrence]
kind = "lru"
nu_log = "l{i}.nu"
theta_log = "l{i}.theta"
gamma_log = "l{i}.gamma"
B = "l{i}.B"
C = "l{i}.C"
D = "l{i}.D"

[layers.mixer]
kind = "glu"
value = "l{i}.value"
gate = "l{i}.gate"
gate_bias = "l{i}.gate_bias"
"""


def tensors(seed: int = 0) -> dict[str, np.ndarray]:
    """Of an encoder, two LRU layers with batch norm and GLU, and a decoder; float32 and complex64."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)

    made: dict[str, np.ndarray] = {
        "enc.weight": normal(WIDTH, INPUTS),
        "enc.bias": normal(WIDTH),
        "dec.weight": normal(OUTPUTS, WIDTH),
    }
    for i in range(2):
        size = rng.uniform(0.5, 0.99, STATES)
        layer = {
            "mean": normal(WIDTH),
            "var": rng.uniform(0.5, 2, WIDTH),
            "scale": rng.uniform(0.5, 1.5, WIDTH),
            "offset": normal(WIDTH),
            "nu": np.log(-np.log(size)),
            "theta": np.log(rng.uniform(0.01, 3, STATES)),
            "gamma": np.log(np.sqrt(1 - size**2)),
            "D": normal(WIDTH),
            "value": normal(WIDTH, WIDTH),
            "gate": normal(WIDTH, WIDTH),
            "gate_bias": normal(WIDTH),
        }
        made |= {f"l{i}.{name}": np.asarray(array, np.float32) for name, array in layer.items()}
        made[f"l{i}.B"] = normal(STATES, WIDTH) + np.complex64(1j) * normal(STATES, WIDTH)
        made[f"l{i}.C"] = normal(WIDTH, STATES) + np.complex64(1j) * normal(WIDTH, STATES)
    return made


def lru_outputs(t: dict[str, np.ndarray], inputs: np.ndarray) -> np.ndarray:
    """What the model of ENDS + LRU gives, in complex128: [n, frames, in] to [n, frames, out]."""
    t = {name: a.astype(np.complex128 if a.dtype.kind == "c" else np.float64) for name, a in t.items()}
    x = inputs @ t["enc.weight"].T + t["enc.bias"]
    for i in range(2):
        of = {name.removeprefix(f"l{i}."): a for name, a in t.items() if name.startswith(f"l{i}.")}
        u = (x - of["mean"]) / np.sqrt(of["var"] + 1e-5) * of["scale"] + of["offset"]
        decay = np.exp(-np.exp(of["nu"]) + 1j * np.exp(of["theta"]))
        y = recurrence(decay, np.exp(of["gamma"])[:, None] * of["B"], of["C"], u) + of["D"] * u
        y = np.maximum(y, 0)
        gate = 1 / (1 + np.exp(-(y @ of["gate"].T + of["gate_bias"])))
        x = x + (y @ of["value"].T) * gate
    return x @ t["dec.weight"].T


def recurrence(decay: np.ndarray, B: np.ndarray, C: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Re(C x) with x' = decay x + B u, as a sum over all earlier frames."""
    frames = u.shape[1]
    lags = np.arange(frames)[:, None] - np.arange(frames)
    powers = np.where(lags[..., None] >= 0, decay ** np.maximum(lags, 0)[..., None], 0)  # [frames, frames, P]
    return np.einsum("tsp,nsp,op->nto", powers, u @ B.T, C, optimize=True).real


def shown(seed: int = 1, *, n: int = 4, frames: int = 60, width: int = INPUTS) -> np.ndarray:
    """Inputs [n, frames, width], float32."""
    return np.random.default_rng(seed).standard_normal((n, frames, width)).astype(np.float32)


def write(folder: Path) -> None:
    """The model, its map and what it was shown, as `linnet import` takes them: model.npz, map.toml, shown.npz."""
    made, inputs = tensors(), shown()
    np.savez(folder / "model.npz", **made)  # type: ignore[arg-type]  # the stub gives every keyword the type of allow_pickle
    (folder / "map.toml").write_text(ENDS + LRU, encoding="utf-8")
    np.savez(folder / "shown.npz", inputs=inputs, outputs=lru_outputs(made, inputs).astype(np.float32))


def named(arrays: dict[str, Any]) -> Tensors:
    """The tensors as if read from a file."""
    return Tensors({name: np.asarray(array) for name, array in arrays.items()}, "made.safetensors")


def decibels(truth: np.ndarray, values: np.ndarray) -> float:
    """Energy of the truth over that of the difference."""
    return 10 * float(np.log10(np.sum(truth**2) / np.sum((truth - values) ** 2)))


def least_decibels(network: Network) -> float:
    """What integers reach at least.

    A weight of 8 bits is off by a step / sqrt(12) in rms, and a step is at most 1/64 of the largest weight of its row,
    which is below 4 of their rms: 36 dB for one matrix. The errors of all matrices, diagonals included, add.
    """
    matrices = sum(array.ndim <= 2 for step in network.steps() for array in step.arrays().values())
    return 20 * np.log10(np.sqrt(12) * 64 / 4) - 10 * np.log10(matrices) - 3
