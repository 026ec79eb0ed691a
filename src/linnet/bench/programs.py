"""From a network in floating point and frames to run it on, to the integer program that the engine runs.

The lowering that a user needs is the compiler's, which belongs to the learning wing; this one knows the network of
the benchmark alone, and follows the same rules: power-of-two scales, per row for weights, per wire for activations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.bench.network import Layer, Network, Real, Trace, gains
from linnet.bench.random_network import FRONT_END
from linnet.bench.rounding import decay_shift, largest_exponent, of_rows, row_exponents, to_codes
from linnet.ir import (
    Add,
    ComplexRelu,
    Dequantize,
    DiagonalRecurrence,
    FrontEndSpec,
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

SIGMOID_EXPONENT = 11  # the integer sigmoid takes +-16 (ir/nodes.py: Gate, Sigmoid)
STATE_GUARD_BITS = 13  # fraction bits a state has more than what is read out of it
FINEST_EXPONENT = 30


def program_of(network: Network, frames: Real, *, name: str) -> Program:
    """The network rounded to W8A16, its ranges taken from `frames` [frames, bins]; validated."""
    seen: Trace = {}
    gains(network, frames, seen)
    build = _Building(network.bins, seen)
    wire = build.add(Quantize, build.wire(network.bins, build.exponent("features")), source=0)
    wire = build.same(
        Relu, build.linear(wire, network.encoder, network.encoder_bias, build.exponent("encoded"))
    )
    for index, layer in enumerate(network.layers):
        wire = _layer(build, wire, layer, f"{index}.")
    wire = build.linear(wire, network.decoder, network.decoder_bias, SIGMOID_EXPONENT)
    wire = build.add(Sigmoid, build.wire(network.bins, 15), source=wire)
    build.add(Dequantize, build.wire(network.bins, 0, bits=0), source=wire)
    program = Program(tuple(build.wires), tuple(build.nodes), Metadata(name, front_end=_front_end()))
    program.validate()
    return program


def codes_of(program: Program, frames: Real) -> NDArray[np.int16]:
    """The codes that Quantize makes of features [frames, bins]."""
    return to_codes(frames, program.wires[program.nodes[0].writes].exponent, 16).astype(np.int16)


def _front_end() -> FrontEndSpec:
    same = ("sample_rate_hz", "window", "hop", "window_kind", "compression_roots")
    return FrontEndSpec(
        **{name: getattr(FRONT_END, name) for name in same},
        level_alpha=float(FRONT_END.level_alpha),
        level_initial=FRONT_END.level_initial,
        level_floor=FRONT_END.level_floor,
    )


def _layer(build: _Building, u: int, layer: Layer, prefix: str) -> int:
    """u -> relu(u + y sigmoid(gate y)), y = relu(read relu(x) + skip u): wire in, wire out."""
    read_exponent = build.exponent(prefix + "state")
    drive = build.linear(u, layer.drive, layer.drive_bias, read_exponent + STATE_GUARD_BITS, bits=32)
    state = build.same(ComplexRelu, build.recurrence(drive, layer, read_exponent))
    finest = min(build.exponent(prefix + "read"), build.exponent(prefix + "skip"))
    read = build.linear(state, layer.read, np.zeros(layer.skip.size), finest)
    skip = build.scale(u, layer.skip, layer.skip_bias, finest)
    y = build.same(Relu, build.sum(read, skip, build.exponent(prefix + "sum")))
    control = build.linear(y, layer.gate, layer.gate_bias, SIGMOID_EXPONENT)
    gated = build.same(Gate, y, control=control)
    return build.same(Relu, build.sum(u, gated, build.exponent(prefix + "output")))


class _Building:
    """Wires and nodes while they grow; each method returns the wire it has made."""

    def __init__(self, bins: int, seen: Trace) -> None:
        self.wires = [Wire(bins, 0, 0)]
        self.nodes: list[Node] = []
        self._seen = seen

    def exponent(self, name: str) -> int:
        """The finest at which twice what this wire was seen to hold fits 16 bits."""
        largest = 2.0 * float(np.abs(self._seen[name]).max())
        return min(int(largest_exponent(np.asarray(largest), 16)), FINEST_EXPONENT)

    def wire(self, width: int, exponent: int, *, bits: int = 16) -> int:
        self.wires.append(Wire(width, bits, exponent))
        return len(self.wires) - 1

    def add(self, kind: Callable[..., Node], target: int, **given: Any) -> int:
        self.nodes.append(kind(target=target, **given))
        return target

    def same(self, kind: Callable[..., Node], source: int, **given: Any) -> int:
        like = self.wires[source]
        return self.add(kind, self.wire(like.width, like.exponent), source=source, **given)

    def linear(self, source: int, weight: Real, bias: Real, exponent: int, *, bits: int = 16) -> int:
        constants = self._rounded(source, weight, bias, exponent)
        return self.add(Linear, self.wire(len(weight), exponent, bits=bits), source=source, **constants)

    def scale(self, source: int, weight: Real, bias: Real, exponent: int) -> int:
        constants = self._rounded(source, weight, bias, exponent)
        return self.add(Scale, self.wire(weight.size, exponent), source=source, **constants)

    def recurrence(self, drive: int, layer: Layer, exponent: int) -> int:
        places = decay_shift(layer.decay_re + 1j * layer.decay_im)
        return self.add(
            DiagonalRecurrence,
            self.wire(2 * places.size, exponent),
            source=drive,
            decay_re=to_codes(layer.decay_re - 1.0, places, 16).astype(np.int16),
            decay_im=to_codes(layer.decay_im, places, 16).astype(np.int16),
            decay_shift=places.astype(np.uint8),
            out_shift=STATE_GUARD_BITS,
        )

    def sum(self, source: int, other: int, wanted: int) -> int:
        """source + other; the result no finer than either."""
        first, second = self.wires[source].exponent, self.wires[other].exponent
        common, exponent = max(first, second), min(wanted, first, second)
        shifts = {
            "source_shift": common - first,
            "other_shift": common - second,
            "shift": common - exponent,
        }
        target = self.wire(self.wires[source].width, exponent)
        return self.add(Add, target, source=source, other=other, **shifts)

    def _rounded(self, source: int, weight: Real, bias: Real, exponent: int) -> dict[str, NDArray[Any]]:
        """Weight codes at a scale per row, bias codes in accumulator scale, shift per row."""
        of_source = self.wires[source].exponent
        row = np.minimum(row_exponents(weight), largest_exponent(bias, 30) - of_source)
        row = np.clip(row, exponent - of_source - 31, exponent - of_source + 47)
        return {
            "weight": to_codes(weight, of_rows(row, weight), 8).astype(np.int8),
            "bias": to_codes(bias, row + of_source, 32).astype(np.int32),
            "shift": (row + of_source - exponent).astype(np.int8),
        }
