"""Seeded small programs with every kind of node, for tests of the interpreter, the file and the engine.

The graph is a denoiser's: features -> encoder -> layers of (B, recurrence, ReLU, C, D, gate, skip) ->
decoder -> sigmoid -> gains. Every second layer has a gated recurrence in place of a diagonal one. Weights
are random, shifts are chosen so that signals neither die nor rest at the rails, and some rows are made
extreme on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict

import numpy as np

from linnet.ir import (
    Add,
    ComplexRelu,
    Dequantize,
    DiagonalRecurrence,
    FrontEndSpec,
    Gate,
    GatedRecurrence,
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
from linnet.ir.program import WINDOW_KINDS


@dataclass
class Builder:
    """Wires and nodes while they grow."""

    rng: np.random.Generator
    wild: float = 0.125  # how many rows and states are made extreme
    largest: int = 127  # weight; smaller where rows are so long that their sums would overflow
    window: int = (
        0  # columns in which every row has a multiple of four nonzeros, as some kernels like it; 0: any
    )
    eight: float = 0.0  # how many of the wires that may have 8 bits have them
    wires: list[Wire] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)

    def wire(self, width: int, bits: int, exponent: int = 0) -> int:
        self.wires.append(Wire(width, bits, exponent))
        return len(self.wires) - 1

    def code(self, width: int, exponent: int, *, bits: int | None = None) -> int:
        """A wire of codes, of 16 bits or, as chance will have it, of 8 with an exponent that holds the same range."""
        bits = self._drawn_bits() if bits is None else bits
        return self.wire(width, bits, exponent - (8 if bits == 8 else 0))

    def _drawn_bits(self) -> int:
        return 8 if self.eight and self.rng.random() < self.eight else 16

    def add(self, kind: Callable[..., Node], target: int, **fields: Any) -> int:
        self.nodes.append(kind(target=target, **fields))
        return target

    def linear(
        self,
        source: int,
        width: int,
        *,
        exponent: int,
        density: float,
        bits: int | None = None,
        repeat: int = 1,
    ) -> int:
        rows, columns = width // repeat, self.wires[source].width // repeat
        weight = self.rng.integers(-self.largest, self.largest + 1, (rows, columns)).astype(np.int8)
        chance = self.rng.random((rows, columns))
        weight[chance >= density] = 0
        if self.window and density < 1:
            weight = self._fill_windows(weight, chance, density)
        bias = self.rng.integers(-(1 << 20), 1 << 20, rows).astype(np.int32)
        target = self.code(width, exponent, bits=bits)
        bias >>= self._fewer(source)
        shift = self._shifts(weight, source, target)
        return self.add(Linear, target, source=source, weight=weight, bias=bias, shift=shift, repeat=repeat)

    def scale(self, source: int, exponent: int) -> int:
        width = self.wires[source].width
        weight = self.rng.integers(-128, 128, width).astype(np.int8)
        bias = self.rng.integers(-(1 << 19), 1 << 19, width).astype(np.int32)
        target = self.code(width, exponent)
        bias >>= self._fewer(source)
        shift = self._shifts(weight[:, None], source, target)
        return self.add(Scale, target, source=source, weight=weight, bias=bias, shift=shift)

    def _fewer(self, wire: int) -> int:
        """Bits that a wire of codes lacks of 16."""
        return max(16 - self.wires[wire].bits, 0)

    def _fill_windows(self, weight: np.ndarray, chance: np.ndarray, density: float) -> np.ndarray:
        """As many nonzeros in every window as `density` asks, up or down to a multiple of four by turns of rows."""
        weight = np.where(weight == 0, self.largest, weight)
        turn = np.arange(weight.shape[0]) // 16 * 0.125
        for first in range(0, weight.shape[1], self.window):
            inside = slice(first, first + self.window)
            size = chance[:, inside].shape[1]
            fours = np.floor(density * size / 4 + (turn + first / self.window * 0.375) % 1)
            rank = np.argsort(np.argsort(chance[:, inside], axis=1), axis=1)
            weight[:, inside][rank >= np.minimum(4 * fours, size // 4 * 4)[:, None]] = 0
        return weight

    def _shifts(self, weight: np.ndarray, source: int, target: int) -> np.ndarray:
        """Per row, about log2 of the norm of its weights; every eighth row at random, to hit the rails."""
        norm = np.sqrt((weight.astype(np.float64) ** 2).sum(axis=1)) + 1.0
        shift = np.round(np.log2(norm)).astype(np.int64) + self.rng.integers(-1, 2, norm.size)
        shift += self._fewer(target) - self._fewer(source)
        if self.wires[target].bits == 32:
            shift -= 3
        wild = self.rng.random(norm.size) < self.wild
        return np.where(wild, self.rng.integers(-31, 48, norm.size), shift).astype(np.int8)

    def recurrence(self, source: int, out_shift: int) -> int:
        """Decays of 2^-2 .. 2^-11 per frame, turning; one state in eight with arbitrary codes."""
        states = self.wires[source].width // 2
        gap = 2.0 ** self.rng.uniform(-11, -2, states)
        mu = np.exp(-gap + 1j * self.rng.uniform(0, 4, states) * gap) - 1.0
        places = np.minimum(14 - np.ceil(np.log2(np.abs(mu))), 46).astype(np.int64)
        codes = np.round(mu * 2.0**places)
        wild = self.rng.random(states) < self.wild
        free = self.rng.integers(-32768, 32768, (2, states))
        places = np.where(wild, self.rng.integers(0, 47, states), places)
        target = self.code(2 * states, self.wires[source].exponent - out_shift)
        out_shift += self._fewer(target)
        return self.add(
            DiagonalRecurrence,
            target,
            source=source,
            decay_re=np.where(wild, free[0], codes.real).astype(np.int16),
            decay_im=np.where(wild, free[1], codes.imag).astype(np.int16),
            decay_shift=places.astype(np.uint8),
            out_shift=out_shift,
        )

    def gated_recurrence(self, source: int, control: int, out_shift: int) -> int:
        """As many states as the source is wide."""
        like = self.wires[source]
        target = self.code(like.width, like.exponent - out_shift)
        out_shift += self._fewer(target)
        return self.add(GatedRecurrence, target, source=source, control=control, out_shift=out_shift)

    def same(self, kind: Callable[..., Node], source: int, **fields: Any) -> int:
        """A node whose target looks like its source."""
        like = self.wires[source]
        return self.add(kind, self.wire(like.width, like.bits, like.exponent), source=source, **fields)

    def sum(self, source: int, other: int) -> int:
        """source + other at their common exponent, one bit given up; the finer alone where they are 16 bits apart."""
        first, second = self.wires[source].exponent, self.wires[other].exponent
        common = max(first, second)
        finer, bits = source if first == common else other, self._drawn_bits()
        if abs(first - second) > 15:
            return self.same(Relu, finer)
        lost = 1 + (self._fewer(finer) == 0 and bits == 8) * 8
        target = self.wire(self.wires[source].width, bits, common - lost)
        shifts = {"source_shift": common - first, "other_shift": common - second, "shift": lost}
        return self.add(Add, target, source=source, other=other, **shifts)


class Shape(TypedDict, total=False):
    """Words of `random_program`, for those who pass them on."""

    bins: int
    features: int
    states: int
    layers: int
    density: float
    phase_bins: int
    band_ratio: int
    outputs: int
    eight: float


def random_program(
    seed: int,
    *,
    bins: int = 257,
    features: int = 12,
    states: int = 8,
    layers: int = 2,
    density: float | None = None,
    phase_bins: int = 0,
    band_ratio: int = 0,
    outputs: int | None = None,
    kinds: str = "dr",
    **drawn: Any,
) -> Program:
    """A valid program, from two layers on with all kinds of node; the same arguments always give the same program.

    `bins` is window / 2 + 1 of a power-of-two window. `density` of all matrices; None mixes dense
    matrices with sparse ones (0.1, and one with empty rows), so that both stored forms occur. The front end has
    `phase_bins` and `band_ratio`; there is an output for every gain, or `outputs` of them. The layers are of
    `kinds` in turn: d has a diagonal recurrence, g a gated one, r a gated one behind matrices that are repeated.
    `drawn` are `wild`, `largest`, `window` and `eight` of the Builder.
    """
    rng = np.random.default_rng(seed)
    build = Builder(rng, **drawn)
    densities = iter([density] * 99 if density is not None else [1.0, *[0.1, 1.0, 0.3] * 33])
    window = 2 * (bins - 1)
    front_end = FrontEndSpec(window=window, hop=window // 4, phase_bins=phase_bins, band_ratio=band_ratio)
    inputs, outputs = front_end.feature_count, outputs or front_end.gain_count
    source = build.wire(inputs, 0)
    codes = build.add(Quantize, build.code(inputs, int(rng.integers(11, 15))), source=source)
    stream = build.same(Relu, build.linear(codes, features, exponent=10, density=next(densities)))
    for layer in range(layers):
        make_state = {"d": diagonal_states, "g": gated_states, "r": repeated_states}[
            kinds[layer % len(kinds)]
        ]
        state = make_state(build, stream, states, densities)
        read_out = build.linear(state, features, exponent=9, density=next(densities))
        passed = build.sum(read_out, build.scale(stream, exponent=int(rng.integers(8, 12))))
        active = build.same(Relu, passed)
        control = build.linear(active, features, exponent=11, density=next(densities), bits=16)
        gated = build.same(Gate, active, control=control)
        stream = build.sum(gated, stream)
    logits = build.linear(stream, outputs, exponent=11, density=next(densities), bits=16)
    gains = build.add(Sigmoid, build.wire(outputs, 16, 15), source=logits)
    build.add(Dequantize, build.wire(outputs, 0), source=gains)
    program = Program(tuple(build.wires), tuple(build.nodes), random_metadata(rng, front_end))
    program.validate()
    return program


def diagonal_states(build: Builder, stream: int, states: int, densities: Iterator[float]) -> int:
    """What an S5 layer remembers, rectified: its wire, 2 * `states` wide."""
    drive = build.linear(stream, 2 * states, exponent=20, density=next(densities), bits=32)
    return build.same(ComplexRelu, build.recurrence(drive, int(build.rng.integers(10, 19))))


def repeated_states(build: Builder, stream: int, states: int, densities: Iterator[float]) -> int:
    """Those of a gated layer whose matrices are shared by as many groups as both sides can be cut into."""
    return gated_states(build, stream, states, densities, math.gcd(build.wires[stream].width, states))


def gated_states(
    build: Builder, stream: int, states: int, densities: Iterator[float], repeat: int = 1
) -> int:
    """What a gated layer remembers: its wire, `states` wide, every second time behind a ReLU."""
    candidates = build.linear(stream, states, exponent=20, density=next(densities), bits=32, repeat=repeat)
    control = build.linear(stream, states, exponent=11, density=next(densities), bits=16, repeat=repeat)
    state = build.gated_recurrence(candidates, control, int(build.rng.integers(2, 10)))
    return build.same(Relu, state) if build.rng.random() < 0.5 else state


def random_metadata(rng: np.random.Generator, sizes: FrontEndSpec) -> Metadata:
    """A front end of the sizes of this one and with arbitrary other settings, and texts that are not all ASCII."""
    kinds = WINDOW_KINDS if 4 * sizes.hop <= sizes.window else WINDOW_KINDS[:2]
    front_end = replace(
        sizes,
        window_kind=kinds[int(rng.integers(len(kinds)))],
        compression_roots=int(rng.integers(4)),
        level_alpha=float(rng.choice([0.0, rng.uniform(0.001, 0.1)])),
        level_initial=float(rng.uniform(0.01, 1.0)),
        level_floor=float(rng.uniform(1e-4, 1e-2)),
    )
    return Metadata(
        name=f"random {rng.integers(1000)}",
        licence="CC0-1.0",
        front_end=front_end,
        training_data="none: weights are drawn, not learned; ñandú, 紅雀",
        recipe="seed = 1\n",
        card={"si_snr_db": {"val": 1.5}, "notes": ["a", None, True]},
    )


def with_front_end(program: Program, **changes: Any) -> Program:
    """The same with other settings of its front end."""
    front_end = replace(program.metadata.front_end, **changes)
    return replace(program, metadata=replace(program.metadata, front_end=front_end))


def random_features(seed: int, program: Program, frames: int = 20) -> np.ndarray:
    """Features [frames, in] float32: mostly like compressed magnitudes, some beyond every rail."""
    rng = np.random.default_rng(seed)
    features = rng.gamma(1.0, 0.5, (frames, program.input_width)).astype(np.float32)
    wild = rng.random(features.shape) < 0.02
    extremes = np.array([np.nan, np.inf, -np.inf, 1e30, -3.0, 1e-40, -0.0], np.float32)
    return np.where(wild, rng.choice(extremes, features.shape), features).astype(np.float32)


def random_codes(seed: int, program: Program, frames: int = 20) -> np.ndarray:
    """Codes [frames, in] int16 over the whole range, the two ends included often."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(-32768, 32768, (frames, program.input_width))
    ends = rng.random(codes.shape) < 0.05
    return np.where(ends, rng.choice([-32768, 32767, 0], codes.shape), codes).astype(np.int16)
