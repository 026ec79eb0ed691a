"""Data for the models beside this file: which of four waveforms plays, in noise, frame by frame."""

import numpy as np

SHAPES = 4  # sine, square, saw, pulse
FRAMES = 256


def batch(seed: int, count: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Sequences in which a waveform plays for 40 to 120 frames, then another: float32 [count, FRAMES, 1], labels."""
    rng = np.random.default_rng(seed)
    inputs, labels = np.zeros((count, FRAMES, 1), np.float32), np.zeros((count, FRAMES), np.int64)
    for row in range(count):
        start = 0
        while start < FRAMES:
            end = min(FRAMES, start + int(rng.integers(40, 120)))
            shape = int(rng.integers(SHAPES))
            phase = (rng.uniform() + rng.uniform(0.02, 0.08) * np.arange(end - start)) % 1.0
            inputs[row, start:end, 0] = rng.uniform(0.7, 1.4) * _wave(shape, phase)
            labels[row, start:end] = shape
            start = end
    noise = 0.2 * rng.standard_normal(inputs.shape).astype(np.float32)
    return inputs + noise, labels


def _wave(shape: int, phase: np.ndarray) -> np.ndarray:
    """One of the shapes at phases in [0, 1), its rms near 1 and its mean near 0."""
    if shape == 0:
        return np.sqrt(2) * np.sin(2 * np.pi * phase)
    if shape == 1:
        return np.where(phase < 0.5, 1.0, -1.0)
    if shape == 2:
        return np.sqrt(3) * (2 * phase - 1)
    return np.where(phase < 0.2, 2.0, -0.5)
