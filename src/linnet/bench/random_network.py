"""Networks of random weights that behave like trained ones, and the sound they are run on.

Weights are drawn, pruned by magnitude, and scaled layer by layer on real features, so that no activation dies and
none rests at the rails. Time does not ask what a model has learned, only its widths, its zeros and its activations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from linnet.audio.stft import FrontEnd, features, stft
from linnet.audio.synthetic import pink, speech_like
from linnet.bench.network import Layer, Network, Real, complex_relu, layer_output, relu, scan
from linnet.bench.rounding import rounded_decay, rounded_rows

FEATURES, STATES, LAYERS = 192, 128, 3
"""Of width k = 1, as the model that ships has them."""

FRONT_END = FrontEnd(level_time_constant_ms=1000.0, level_initial=0.11, level_floor=0.03)
"""The front end of the model that ships."""

WAVES_PER_BLOCK = 16
"""Frequencies of a block of S5 states: the imaginary parts of HiPPO's eigenvalues are near pi, 2 pi, 3 pi, ..."""


@dataclass(frozen=True)
class Shape:
    """What a network of the benchmark is: its width k, and the share of weights that are not zero."""

    width: float = 1.0
    density: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.density <= 1.0:
            raise ValueError(
                f"density={self.density} is no share of weights; give more than 0 and at most 1 (0.1 keeps a tenth)."
            )
        whole = all(
            self.width * size > 0 and float(self.width * size).is_integer() for size in (FEATURES, STATES)
        )
        if not whole or self.width > 8:
            raise ValueError(
                f"width={self.width} gives no whole number of features ({FEATURES} k) and states ({STATES} k), or "
                "a model beyond the engine's sizes; give e.g. 0.5, 1, 2 or 4."
            )

    @property
    def features(self) -> int:
        """Features of the stream between the layers."""
        return int(FEATURES * self.width)

    @property
    def states(self) -> int:
        """Complex states of each layer."""
        return int(STATES * self.width)


def noisy_sound(seed: int, hops: int) -> NDArray[np.float32]:
    """Speech-like sound in pink noise, [hops * hop] samples at the front end's rate."""
    rng, samples = np.random.default_rng(seed), hops * FRONT_END.hop
    voice = speech_like(rng, samples, FRONT_END.sample_rate_hz)
    noise = pink(rng, samples, FRONT_END.sample_rate_hz)
    return (voice + np.float32(0.3) * noise).astype(np.float32)


def sound_features(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the model is shown of a sound: [frames, bins]."""
    return features(stft(sound, FRONT_END), FRONT_END)


def random_network(seed: int, shape: Shape, frames: Real) -> Network:
    """A network of this shape, in float64, scaled on `frames` [frames, bins]; the same seed gives the same one."""
    rng = np.random.default_rng(seed)
    bins, hidden = frames.shape[1], shape.features
    seen = np.asarray(frames, np.float64)
    encoder, encoder_bias = _linear(rng, seen, hidden, shape.density, spread=1.0)
    u, layers = relu(seen @ encoder.T + encoder_bias), []
    for _ in range(LAYERS):
        layers.append(_layer(rng, u, shape))
        u = layer_output(layers[-1], u, {})
    decoder, decoder_bias = _linear(rng, u, bins, shape.density, spread=3.0)
    return Network(encoder, encoder_bias, tuple(layers), decoder, decoder_bias)


def _layer(rng: np.random.Generator, u: Real, shape: Shape) -> Layer:
    """A layer scaled on what comes in, u [frames, H]: first its states, then what is read out, then its gate."""
    hidden, states = shape.features, shape.states
    decay = _decay(rng, states)
    drive, drive_bias = _linear(rng, u, 2 * states, shape.density, spread=1.0)
    skip, skip_bias = rounded_rows(rng.normal(0.0, 0.5, hidden)), rng.normal(0.0, 0.1, hidden)
    read, gate = np.zeros((hidden, 2 * states)), np.zeros((hidden, hidden))
    layer = Layer(decay.real, decay.imag, drive, drive_bias, read, skip, skip_bias, gate, np.zeros(hidden))
    balance = _balance(scan(layer, u @ drive.T + drive_bias))
    layer = replace(layer, drive=drive * balance[:, None], drive_bias=drive_bias * balance)
    kept = complex_relu(scan(layer, u @ layer.drive.T + layer.drive_bias))
    read, _ = _linear(rng, kept, hidden, shape.density, spread=1.0)
    y = relu(kept @ read.T + skip * u + skip_bias)
    gate, gate_bias = _linear(rng, y, hidden, shape.density, spread=2.0)
    return replace(layer, read=read, gate=gate, gate_bias=gate_bias)


def _balance(states: Real) -> Real:
    """A power of two for each pair that brings it into [1, 2): [frames, 2 P] to [2 P]."""
    pair = np.maximum(*np.split(np.abs(states).max(axis=0), 2))
    return np.tile(np.exp2(-np.floor(np.log2(np.where(pair > 0, pair, 1.0)))), 2)


def _decay(rng: np.random.Generator, states: int) -> NDArray[np.complex128]:
    """Lambda_bar = exp(timescale * Lambda): S5's eigenvalues, timescales of 1e-3 to 1e-1 per frame."""
    timescale = np.exp(rng.uniform(np.log(1e-3), np.log(1e-1), states))
    return rounded_decay(np.exp(timescale * (-0.5 + 1j * np.pi * rng.integers(0, WAVES_PER_BLOCK, states))))


def _linear(
    rng: np.random.Generator, seen: Real, rows: int, density: float, *, spread: float
) -> tuple[Real, Real]:
    """Weight [rows, in] pruned to `density`, and bias [rows], whose results move by `spread` around nought."""
    weight = rng.standard_normal((rows, seen.shape[1]))
    kept = max(1, round(density * weight.size))
    weight[np.abs(weight) < np.partition(np.abs(weight).ravel(), -kept)[-kept]] = 0.0
    weight = rounded_rows(weight * (spread / (seen @ weight.T).std(axis=0).mean()))
    return weight, -(seen @ weight.T).mean(axis=0) + rng.normal(0.0, 0.1, rows)
