"""Denoisers of width k with weights drawn at random: for curves over the width, where no such model was trained.

Widths are those of the paper's scaling study: 192 k features and 128 k complex states in three layers. Half of all
activations count as not 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linnet.hardware.comparison import OnMesh, on_mesh
from linnet.hardware.parameters import Chip
from linnet.ir import (
    Add,
    Dequantize,
    DiagonalRecurrence,
    Gate,
    Linear,
    Metadata,
    Node,
    Program,
    Quantize,
    Relu,
    Scale,
    Sigmoid,
    Wire,
)

FEATURES, STATES, LAYERS, BINS = 192, 128, 3, 257
HALF = 0.5


class _Shape:
    """Nodes and wires of a network whose arithmetic means nothing."""

    def __init__(self, density: float) -> None:
        self.wires, self.density = [Wire(BINS, 0)], density
        self.nodes: list[Node] = []
        self.rng = np.random.default_rng(0)

    def add(self, kind: type[Node], width: int, *, bits: int = 16, exponent: int = 8, **given: Any) -> int:
        self.wires.append(Wire(width, bits, exponent))
        make: Callable[..., Node] = kind
        self.nodes.append(make(target=len(self.wires) - 1, **given))
        return len(self.wires) - 1

    def linear(self, source: int, width: int, *, bits: int = 16, exponent: int = 8) -> int:
        weight = (self.rng.random((width, self.wires[source].width)) < self.density).astype(np.int8)
        given = {"weight": weight, "bias": np.zeros(width, np.int32), "shift": np.zeros(width, np.int8)}
        return self.add(Linear, width, bits=bits, exponent=exponent, source=source, **given)


def program_of_width(k: float, *, density: float) -> Program:
    """A denoiser of width k, each weight nonzero with probability `density`."""
    build, features, states = _Shape(density), round(FEATURES * k), round(STATES * k)
    stream = build.linear(build.add(Quantize, BINS, source=0), features)
    stream = build.add(Relu, features, source=stream)
    for _ in range(LAYERS):
        stream = _layer(build, stream, features, states)
    logits = build.linear(stream, BINS, exponent=11)
    gains = build.add(Sigmoid, BINS, exponent=15, source=logits)
    build.add(Dequantize, BINS, bits=0, exponent=0, source=gains)
    program = Program(tuple(build.wires), tuple(build.nodes), Metadata(name=f"width {k:g}"))
    program.validate()
    return program


def _layer(build: _Shape, stream: int, features: int, states: int) -> int:
    drive = build.linear(stream, 2 * states, bits=32, exponent=16)
    decay = np.full(states, -1000, np.int16)
    codes: dict[str, Any] = {
        "decay_re": decay,
        "decay_im": decay,
        "decay_shift": np.full(states, 20, np.uint8),
    }
    state = build.add(DiagonalRecurrence, 2 * states, source=drive, out_shift=8, **codes)
    diagonal: dict[str, Any] = {"weight": np.ones(features, np.int8), "bias": np.zeros(features, np.int32)}
    skip = build.add(Scale, features, source=stream, shift=np.zeros(features, np.int8), **diagonal)
    passed = build.add(Add, features, source=build.linear(state, features), other=skip)
    active = build.add(Relu, features, source=passed)
    control = build.linear(active, features, exponent=11)
    gated = build.add(Gate, features, source=active, control=control)
    return build.add(Relu, features, source=build.add(Add, features, source=stream, other=gated))


@dataclass(frozen=True)
class Curve:
    """One density over the widths."""

    density: float
    placed: tuple[OnMesh, ...]


def curves(chip: Chip, widths: Sequence[float], densities: Sequence[float]) -> tuple[Curve, ...]:
    """Estimates of denoisers of some widths at some densities, half of their activations not 0."""
    found = []
    for density in densities:
        programs = [program_of_width(k, density=density) for k in widths]
        found.append(Curve(density, tuple(on_mesh(each, chip, _half_active(each)) for each in programs)))
    return tuple(found)


def _half_active(program: Program) -> dict[int, np.ndarray]:
    return {wire: np.full((1, each.width), HALF) for wire, each in enumerate(program.wires)}
