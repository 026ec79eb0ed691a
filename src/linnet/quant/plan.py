"""The plan of a rounded model: bits and exponent of every wire, and between which wires every matrix stands.

Made once, from calibrated ranges. Both the lowering (compiler/lower.py) and the fake-quantized float model (rounded.py)
follow it, so that no exponent is decided twice. Names are those of the model's taps (nn/network.py). NumPy only.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.quant.matrices import MatrixCodes, WireFormat, float8_values, matrix_codes
from linnet.quant.scheme import CANDIDATE_BITS, DIAGONALS, FINEST_EXPONENT, Scheme

Ranges = Mapping[str, NDArray[np.float64]]
"""Sizes [features] of every wire, by its tap name: calibrate.py."""

SIGMOID_INPUT_EXPONENT = 11  # the integer sigmoid takes +-16 (numerics/tables.py) and answers ...
SIGMOID_OUTPUT_EXPONENT = 15  # ... with 15 fraction bits
PART = re.compile(r"\.parts\.\d+")  # of a matrix of bands: all parts stand between the same wires
LARGEST_LEFT_SHIFT = 15  # of an addition
SMALLEST_STATE = 2.0**-20  # a state that calibration never saw above this keeps its scale


@dataclass(frozen=True)
class Plan:
    """`wires` by name; `matrices`: the wires that a matrix reads and writes, by the name of its weight."""

    scheme: Scheme
    wires: Mapping[str, WireFormat]
    matrices: Mapping[str, tuple[str, str]]

    def codes(self, name: str, weight: Any, bias: Any) -> MatrixCodes:
        """The matrix of this name in integers: `weight` [out, in] or a diagonal [n], `bias` [out].

        Raises:
            ValueError: the scheme's weights are no integers.
        """
        if self.scheme.weight_kind != "integer":
            raise ValueError(
                f"{name} with weights in {self.scheme.weight_kind} has no codes: a Program holds integers only; score "
                "such weights in the float model (quant/rounded.py), or take a scheme of integers."
            )
        bits = self.scheme.weight_bits_of(name)
        return matrix_codes(weight, bias, *self._ends(name), scheme=self.scheme, bits=bits)

    def values(self, name: str, weight: Any, bias: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same matrix in floats: what its codes stand for; of FP8 weights their values, biases as they are."""
        if self.scheme.weight_kind != "integer":
            ends = self._ends(name)
            return float8_values(weight, *ends, scheme=self.scheme), np.asarray(bias, np.float64)
        return self.codes(name, weight, bias).values(*self._ends(name))

    def _ends(self, name: str) -> tuple[WireFormat, WireFormat]:
        source, target = self.matrices[PART.sub("", name)]
        return self.wires[source], self.wires[target]


def make_plan(ranges: Ranges, scheme: Scheme) -> Plan:
    """Choose the exponents of every wire of the model that `ranges` come from.

    Raises:
        ValueError: the two sides of a sum are of sizes too different for one scale, or the scheme has bits for matrices
            that the model has not.
    """
    wires = {name: _holding(scheme, name, _largest(ranges, name)) for name in ("features", "encoded")}
    matrices = {"encoder.weight": ("features", "encoded")}
    u, layers = "encoded", layers_of(ranges)
    for i in range(layers):
        if "squeeze.joined" in ranges and i == 1:
            wide, u = u, "squeeze.narrowed"
            wires[u] = _holding(scheme, u, _largest(ranges, u))
            matrices["squeeze.down.weight"] = (wide, u)
        if "squeeze.joined" in ranges and i == layers - 1:
            matrices["squeeze.up.weight"] = (u, "squeeze.widened")
            wires |= _joined(ranges, scheme, wires[wide])
            u = "squeeze.joined"
        prefix = f"layers.{i}."
        inside = {name.removeprefix(prefix): size for name, size in ranges.items() if name.startswith(prefix)}
        wires |= {prefix + name: wire for name, wire in _layer(inside, scheme, wires[u]).items()}
        recurrence = GATED_MATRICES if is_gated(inside) else S5_MATRICES
        matrices |= {
            **{f"{prefix}ssm.{name}": (u, f"{prefix}ssm.{wire}") for name, wire in recurrence.items()},
            prefix + "ssm.C": (prefix + "ssm.state_relu", prefix + "ssm.from_state"),
            prefix + "ssm.D": (u, prefix + "ssm.skip"),
            prefix + "gate.weight": (prefix + "activation", prefix + "control"),
        }
        u = prefix + "output"
    matrices["decoder.weight"] = (u, "logit")
    _refuse_idle_patterns(scheme, matrices)
    wires["logit"] = WireFormat(scheme.wire_bits("logit"), SIGMOID_INPUT_EXPONENT)
    wires["gain"] = WireFormat(scheme.wire_bits("gain"), SIGMOID_OUTPUT_EXPONENT)
    return Plan(scheme, wires, matrices)


def _refuse_idle_patterns(scheme: Scheme, matrices: Iterable[str]) -> None:
    for pattern, bits in scheme.weight_bits_of_names:
        if (pattern, bits) not in DIAGONALS and not any(fnmatchcase(name, pattern) for name in matrices):
            raise ValueError(
                f"{pattern} names no matrix of this model, so none gets its {bits} bits; choose among "
                f"{', '.join(matrices)}."
            )


S5_MATRICES = {"B": "drive"}
GATED_MATRICES = {"V": "candidate", "G": "control"}
"""What a recurrence reads its input by, and the wires that these matrices write."""


def is_gated(ranges: Ranges) -> bool:
    """Whether the layer whose wires these are has a gated recurrence."""
    return "ssm.control" in ranges


def layers_of(ranges: Ranges) -> int:
    """How many layers the model has that these ranges come from."""
    return len([name for name in ranges if name.endswith(".ssm.state")])


def _layer(ranges: Ranges, scheme: Scheme, u: WireFormat) -> dict[str, WireFormat]:
    """The wires of a layer that reads `u`, by their names inside it."""
    recurrence = (_gated_wires if is_gated(ranges) else _s5_wires)(ranges, scheme)
    term = _holding(scheme, "ssm.skip", max(_largest(ranges, "ssm.from_state"), _largest(ranges, "ssm.skip")))
    # what becomes of this sum is added to u again, which is then shifted left
    finest = min(term.exponent, u.exponent + LARGEST_LEFT_SHIFT)
    activation = _holding(scheme, "activation", _largest(ranges, "ssm.output"), finest=finest)
    gated = WireFormat(scheme.wire_bits("gated"), activation.exponent)
    return {
        **recurrence,
        "ssm.from_state": term,
        "ssm.skip": term,
        "ssm.output": activation,
        "activation": activation,
        "control": WireFormat(scheme.wire_bits("control"), SIGMOID_INPUT_EXPONENT),
        "gated": gated,
        "output": _sum(scheme, "output", u, gated, _largest(ranges, "output")),
    }


def _joined(ranges: Ranges, scheme: Scheme, wide: WireFormat) -> dict[str, WireFormat]:
    """The wires on which few features become wide again and are added to `wide`."""
    finest = wide.exponent + LARGEST_LEFT_SHIFT
    widened = _holding(scheme, "squeeze.widened", _largest(ranges, "squeeze.widened"), finest=finest)
    joined = _sum(scheme, "squeeze.joined", wide, widened, _largest(ranges, "squeeze.joined"))
    return {"squeeze.widened": widened, "squeeze.joined": joined}


def _s5_wires(ranges: Ranges, scheme: Scheme) -> dict[str, WireFormat]:
    """The wires around the states of S5: states in 32 bits, finer by the guard bits than what is read out of them."""
    spread = state_spread(ranges["ssm.state"], parts=2)
    state = _read_out(ranges, scheme, spread)
    drive = WireFormat(scheme.wire_bits("ssm.drive"), state.exponent + scheme.state_guard_bits, spread)
    return {"ssm.drive": drive, "ssm.state": state, "ssm.state_relu": state}


def _gated_wires(ranges: Ranges, scheme: Scheme) -> dict[str, WireFormat]:
    """The wires around gated states, which have the candidates' scale: 24 bits that hold all candidates."""
    spread = state_spread(ranges["ssm.state"])
    largest = float(np.max(ranges["ssm.candidate"] * np.exp2(np.float64(1) * spread)))
    exponent = scheme.activation_exponent(largest, CANDIDATE_BITS)
    candidate = WireFormat(scheme.wire_bits("ssm.candidate"), exponent, spread)
    state = _read_out(ranges, scheme, spread)
    state = replace(state, exponent=min(state.exponent, exponent))
    control = WireFormat(scheme.wire_bits("ssm.control"), SIGMOID_INPUT_EXPONENT)
    return {"ssm.candidate": candidate, "ssm.control": control, "ssm.state": state, "ssm.state_relu": state}


def _read_out(ranges: Ranges, scheme: Scheme, spread: NDArray[np.int64]) -> WireFormat:
    """The wire of what is read out of the states."""
    largest = float(np.max(ranges["ssm.state"] * np.exp2(np.float64(1) * spread)))
    bits = scheme.wire_bits("ssm.state")
    return WireFormat(bits, scheme.activation_exponent(largest, bits), spread)


def state_spread(sizes: NDArray[np.float64], *, parts: int = 1) -> NDArray[np.int64]:
    """Doublings after which every state has a size in [1, 2): sizes [states] to the same shape.

    Where a state has two `parts`, all first parts coming before all second ones, both get the same. Without a spread
    the slow states, a hundred times smaller than the fast ones, would share their 16 bits.
    """
    of_state = np.max(sizes.reshape(parts, -1), axis=0)
    doublings = -np.floor(np.log2(np.where(of_state > SMALLEST_STATE, of_state, 1.0)))
    return np.tile(doublings, parts).astype(np.int64)


def _sum(scheme: Scheme, name: str, source: WireFormat, other: WireFormat, largest: float) -> WireFormat:
    """The wire of source + other: no finer than the finer of both."""
    fine = max(source.exponent, other.exponent)
    if fine - min(source.exponent, other.exponent) > LARGEST_LEFT_SHIFT:
        raise ValueError(
            f"the exponents {source.exponent} and {other.exponent} of a sum lie more than {LARGEST_LEFT_SHIFT} apart, "
            "so one side would vanish; calibrate on more clips, or train the model again."
        )
    return _holding(scheme, name, largest, finest=fine)


def _holding(scheme: Scheme, name: str, largest: float, *, finest: int = FINEST_EXPONENT) -> WireFormat:
    """The wire of this name that holds `largest`, at an exponent of at most `finest`."""
    bits = scheme.wire_bits(name)
    return WireFormat(bits, min(scheme.activation_exponent(largest, bits), finest))


def _largest(ranges: Ranges, name: str) -> float:
    return float(np.max(ranges[name]))
