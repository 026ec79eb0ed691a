"""A small model that Linnet has not made: an LRU layer in NumPy that forecasts a noisy wave, eight frames ahead.

It stands for a model of yours, in PyTorch or JAX. Only its last matrix is trained, by least squares. What
`linnet import` asks for is written at the end: tensors by name, and what the model was shown and gave.
"""

import numpy as np
from safetensors.numpy import save_file

WIDTH, STATES, AHEAD, FRAMES = 24, 32, 8, 300
rng = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    """Random weights [outputs, inputs]."""
    return (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)


def waves(count: int) -> np.ndarray:
    """Sums of three sines, [count, FRAMES + AHEAD]."""
    time = np.arange(FRAMES + AHEAD)
    rates, phases, sizes = (
        rng.uniform(low, high, (count, 3, 1)) for low, high in ((0.02, 0.3), (0, 6.3), (0.2, 1))
    )
    return np.sum(sizes * np.sin(rates * time + phases), axis=1).astype(np.float32)


size = rng.uniform(0.7, 0.995, STATES)
tensors = {
    "embed.weight": normal(WIDTH, 1),
    "lru.nu_log": np.log(-np.log(size)).astype(np.float32),
    "lru.theta_log": np.log(rng.uniform(0.01, 0.5, STATES)).astype(np.float32),
    "lru.gamma_log": np.log(np.sqrt(1 - size**2)).astype(np.float32),
    "lru.B": normal(STATES, WIDTH) + np.complex64(1j) * normal(STATES, WIDTH),
    "lru.C": normal(WIDTH, STATES) + np.complex64(1j) * normal(WIDTH, STATES),
    "lru.D": normal(WIDTH),
    "mix.value": normal(WIDTH, WIDTH),
    "mix.gate": normal(WIDTH, WIDTH),
}


def hidden(inputs: np.ndarray) -> np.ndarray:
    """All but the last matrix: inputs [n, frames, 1] to [n, frames, WIDTH]."""
    t = tensors
    decay = np.exp(-np.exp(t["lru.nu_log"]) + 1j * np.exp(t["lru.theta_log"])).astype(np.complex64)
    drive = np.exp(t["lru.gamma_log"])[:, None] * t["lru.B"]
    u = inputs @ t["embed.weight"].T
    state, outputs = np.zeros((len(u), STATES), np.complex64), []
    for frame in range(u.shape[1]):
        state = decay * state + u[:, frame] @ drive.T
        y = np.maximum((state @ t["lru.C"].T).real + t["lru.D"] * u[:, frame], 0)
        outputs.append(u[:, frame] + (y @ t["mix.value"].T) / (1 + np.exp(-(y @ t["mix.gate"].T))))
    return np.stack(outputs, axis=1)


def main() -> None:
    """Train the last matrix, and write model.safetensors and shown.npz."""
    wave = waves(64)
    inputs = (wave[:, :FRAMES] + 0.1 * rng.standard_normal((64, FRAMES)).astype(np.float32))[..., None]
    wanted = np.stack(
        [wave[:, AHEAD:], wave[:, :FRAMES]], axis=-1
    )  # the wave to come, and the wave without noise
    features = hidden(inputs).reshape(-1, WIDTH).astype(np.float64)
    squares = features.T @ features + 10 * np.eye(WIDTH)
    solved = np.linalg.solve(squares, features.T @ wanted.reshape(-1, 2)).T
    tensors["read.weight"] = np.ascontiguousarray(solved, np.float32)  # safetensors writes others turned
    save_file(tensors, "model.safetensors")
    shown = inputs[:8]
    np.savez("shown.npz", inputs=shown, outputs=(hidden(shown) @ tensors["read.weight"].T).astype(np.float32))


if __name__ == "__main__":
    main()
