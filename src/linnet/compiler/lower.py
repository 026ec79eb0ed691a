"""From a folded float model and its calibrated ranges to the integer Program, node by node in the order of `forward`.

`lower` reads as nn/denoiser.py does: encoder, layers, decoder. Every wire's exponent is chosen here, once, from its
range; every constant is rounded here, once. What a node means is ir/nodes.py's.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.compiler.builder import ProgramBuilder
from linnet.compiler.passes import balance_states
from linnet.ir import Metadata, Program
from linnet.nn.denoiser import FoldedDenoiser, FoldedLayer
from linnet.nn.ssm import FoldedS5
from linnet.quant.calibrate import Ranges
from linnet.quant.scheme import W8A16, Scheme, largest_exponent, to_codes

SIGMOID_EXPONENT = 11  # the integer sigmoid takes +-16 (numerics/tables.py) and answers with 15 fraction bits
LARGEST_DECAY_SHIFT = 46
INWARD_MOVES = 2  # rounding adds at most 2^-0.5 code to a radius, one move takes at least that away


def lower(model: FoldedDenoiser, ranges: Ranges, metadata: Metadata, *, scheme: Scheme = W8A16) -> Program:
    """The integer program of `model`; raises ValueError (from validate) where a sum could overflow.

    `ranges` come from quant.calibrate on the same model; `metadata.front_end` must have its number of bins.
    """
    model, ranges = balance_states(model, ranges)
    build = ProgramBuilder(scheme, bins=model.encoder.weight.shape[1])
    wire = build.quantize(_largest(ranges, "features"))
    encoder, largest = model.encoder, _largest(ranges, "encoded")
    wire = build.linear(wire, encoder.weight, encoder.bias, largest=largest, bits=scheme.activation_bits)
    wire = build.relu(wire)
    for i, layer in enumerate(model.layers):
        prefix = f"layers.{i}."
        inside = {name.removeprefix(prefix): size for name, size in ranges.items() if name.startswith(prefix)}
        wire = _layer(build, wire, layer, inside)
    wire = build.linear(wire, model.decoder.weight, model.decoder.bias, exponent=SIGMOID_EXPONENT)
    build.dequantize(build.sigmoid(wire))
    return build.program(metadata)


def _layer(build: ProgramBuilder, u: int, layer: FoldedLayer, ranges: Ranges) -> int:
    """u -> relu(u + y sigmoid(W y + b)), y = relu(S5(u)): wire in, wire out."""
    y = build.relu(_ssm(build, u, layer.ssm, ranges))
    control = build.linear(y, layer.gate.weight, layer.gate.bias, exponent=SIGMOID_EXPONENT)
    gated = build.gate(y, control)
    return build.relu(build.add(u, gated, largest=_largest(ranges, "output")))


def _ssm(build: ProgramBuilder, u: int, ssm: FoldedS5, ranges: Ranges) -> int:
    """C relu(x) + D u + D_bias with x_t = Lambda_bar x_{t-1} + B u_t + drive_bias: wire in, wire out."""
    largest = _largest(ranges, "ssm.state")
    out_exponent = build.scheme.activation_exponent(largest, build.scheme.activation_bits)
    state_exponent = out_exponent + build.scheme.state_guard_bits
    drive = build.linear(u, ssm.B, ssm.drive_bias, exponent=state_exponent, bits=32)
    state = build.recurrence(drive, *decay_codes(ssm.Lambda_bar), out_shift=build.scheme.state_guard_bits)
    read = build.complex_relu(state)
    largest = max(_largest(ranges, "ssm.from_state"), _largest(ranges, "ssm.skip"))
    from_state = build.linear(read, ssm.C, np.zeros(ssm.C.shape[0]), largest=largest)
    skip = build.scale(u, ssm.D, ssm.D_bias, largest=largest)
    finest = build.finest_beside(u)  # what becomes of this sum is added to u again
    return build.add(from_state, skip, largest=_largest(ranges, "ssm.output"), finest=finest)


def decay_codes(
    Lambda_bar: tuple[Any, Any],
) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.uint8]]:
    """Codes of Lambda_bar - 1 and their shift per state: the distance from one keeps slow decays exact to 2^-15.

    A decay that rounding would put on or beyond the unit circle is moved one code inwards: no state may grow.
    """
    re, im = (np.asarray(part, np.float64) for part in Lambda_bar)
    distance = np.maximum(np.abs(re - 1), np.abs(im))
    shift = np.clip(largest_exponent(distance, 16), 0, LARGEST_DECAY_SHIFT)
    decay_re, decay_im = (to_codes(part, shift, 16) for part in (re - 1, im))
    one = np.int64(1) << shift
    for _ in range(INWARD_MOVES):
        grows = 2 * one * decay_re + decay_re**2 + decay_im**2 >= 0  # |1 + code / one| >= 1, exact in int64
        along_re = np.abs(one + decay_re) >= np.abs(decay_im)
        decay_re -= np.where(grows & along_re, np.sign(one + decay_re), 0)
        decay_im -= np.where(grows & ~along_re, np.sign(decay_im), 0)
    return decay_re.astype(np.int16), decay_im.astype(np.int16), shift.astype(np.uint8)


def _largest(ranges: Ranges, name: str) -> float:
    return float(np.max(ranges[name]))
