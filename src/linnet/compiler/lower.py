"""From a folded float model and the plan of its wires to the integer Program, node by node in the order of `forward`.

`lower` reads as nn/network.py does: encoder, layers, decoder. Bits and exponents are the plan's (quant/plan.py), and
so is the rounding of constants. What a node means is ir/nodes.py's.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.compiler.builder import ProgramBuilder
from linnet.compiler.eliminate import eliminate_dead
from linnet.ir import Metadata, Program
from linnet.nn.activations import Activations
from linnet.nn.bands import NOWHERE, Banded
from linnet.nn.gated import FoldedGated
from linnet.nn.layer import FoldedLayer
from linnet.nn.layers import Linear
from linnet.nn.network import FoldedNetwork
from linnet.quant.decays import decay_codes
from linnet.quant.matrices import MatrixCodes
from linnet.quant.plan import Plan, Ranges, make_plan
from linnet.quant.scheme import W8A16, Scheme


class Lowered(NamedTuple):
    """A program, and the index of its wire for the name of every tap of the float model that sees an activation."""

    program: Program
    wires: Mapping[str, int]


def lower(model: FoldedNetwork, ranges: Ranges, metadata: Metadata, *, scheme: Scheme = W8A16) -> Program:
    """The integer program of `model`; raises ValueError (from validate) where a sum could overflow.

    `ranges` come from quant.calibrate on the same model; `metadata.front_end` must have its number of bins. Values that
    cannot reach an output are left out (eliminate.py).
    """
    return eliminate_dead(lower_by(make_plan(ranges, scheme), model, metadata).program)


def lower_by(plan: Plan, model: FoldedNetwork, metadata: Metadata) -> Lowered:
    """The same by a plan that is made already, with the names of the wires, each as wide as in the float model.

    Raises:
        ValueError: a sum could overflow, the plan's scheme has weights that are no integers, or the model has a GELU or
            lets only the largest activations pass.
    """
    _refuse_unknown(model.activations)
    build = ProgramBuilder(bins=model.encoder.inputs)
    wire = build.named("features", build.quantize(plan.wires["features"]))
    wire = build.linear(wire, _codes(plan, "encoder", model.encoder), plan.wires["encoded"])
    wire = wide = build.named("encoded", _rectified(build, wire, model.activations.encoded))
    for i, layer in enumerate(model.layers):
        if model.squeeze is not None and i == 1:
            wide, wire = wire, _narrowed(build, plan, wire, model)
        if model.squeeze is not None and i == len(model.layers) - 1:
            wire = _joined(build, plan, (wide, wire), model)
        wire = _layer(build, plan, f"layers.{i}.", wire, layer)
    decoder = _codes(plan, "decoder", model.decoder)
    wire = build.named("logit", build.linear(wire, decoder, plan.wires["logit"]))
    build.dequantize(build.named("gain", build.sigmoid(wire, plan.wires["gain"])))
    return Lowered(build.program(metadata), build.names)


def _codes(plan: Plan, name: str, matrix: Linear | Banded) -> MatrixCodes:
    """A matrix in integers; that of bands whole, 0 where it has no weight."""
    if isinstance(matrix, Linear):
        return plan.codes(f"{name}.weight", matrix.weight, matrix.bias)
    outputs = matrix.bias.size
    whole = MatrixCodes(
        np.zeros((outputs, matrix.inputs), np.int8), np.zeros(outputs, np.int32), np.zeros(outputs, np.int8)
    )
    for i, (part, (rows, columns)) in enumerate(zip(matrix.parts, matrix.places, strict=True)):
        codes = plan.codes(f"{name}.parts.{i}.weight", part.weight, np.asarray(matrix.bias)[rows])
        row, place = np.nonzero(columns != NOWHERE)
        whole.weight[rows[row], columns[row, place]] = codes.weight[row, place]
        whole.bias[rows], whole.shift[rows] = codes.bias, codes.shift
    return whole


def _narrowed(build: ProgramBuilder, plan: Plan, wide: int, model: FoldedNetwork) -> int:
    """relu(down(wide)): what the layers in the middle begin with."""
    assert model.squeeze is not None
    codes = _codes(plan, "squeeze.down", model.squeeze.down)
    wire = build.linear(wide, codes, plan.wires["squeeze.narrowed"])
    return build.named("squeeze.narrowed", _rectified(build, wire, model.activations.encoded))


def _joined(build: ProgramBuilder, plan: Plan, both: tuple[int, int], model: FoldedNetwork) -> int:
    """relu(wide + up(narrow)), of the two wires `both`: what the last layer begins with."""
    assert model.squeeze is not None
    wide, narrow = both
    codes = _codes(plan, "squeeze.up", model.squeeze.up)
    widened = build.named("squeeze.widened", build.linear(narrow, codes, plan.wires["squeeze.widened"]))
    total = build.add(wide, widened, plan.wires["squeeze.joined"])
    return build.named("squeeze.joined", _rectified(build, total, model.activations.output))


def _layer(build: ProgramBuilder, plan: Plan, prefix: str, u: int, layer: FoldedLayer) -> int:
    """u -> relu(u + y sigmoid(W y + b)), y = relu(recurrence(u)): wire in, wire out.

    Behind a rectified u the outer ReLU never acts, for no summand is negative; `build.relu` then adds no node.
    """

    def named(name: str, wire: int) -> int:
        return build.named(prefix + name, wire)

    wires = {name.removeprefix(prefix): wire for name, wire in plan.wires.items() if name.startswith(prefix)}
    y = named("activation", build.relu(_ssm(build, plan, prefix + "ssm.", u, layer)))
    gate = _codes(plan, prefix + "gate", layer.gate)
    control = named("control", build.linear(y, gate, wires["control"], repeat=layer.groups))
    gated = named("gated", build.gate(y, control, wires["gated"]))
    return named("output", _rectified(build, build.add(u, gated, wires["output"]), layer.activations.output))


def _ssm(build: ProgramBuilder, plan: Plan, prefix: str, u: int, layer: FoldedLayer) -> int:
    """C relu(state) + D u + D_bias: wire in, wire out; of every group of the layer alike."""
    ssm, groups = layer.ssm, layer.groups

    def named(name: str, wire: int) -> int:
        return build.named(prefix + name, wire)

    def linear(name: str, source: int, bias: Array | NDArray[np.float64]) -> int:
        codes, (_, target) = plan.codes(prefix + name, getattr(ssm, name), bias), plan.matrices[prefix + name]
        return named(
            target.removeprefix(prefix), build.linear(source, codes, plan.wires[target], repeat=groups)
        )

    state_wire = plan.wires[prefix + "state"]
    if isinstance(ssm, FoldedGated):
        candidate, control = linear("V", u, ssm.V_bias), linear("G", u, ssm.G_bias)
        state = named("state", build.gated_recurrence(candidate, control, state_wire))
        rectified = build.relu
    else:
        drive = linear("B", u, ssm.drive_bias)
        state = named("state", build.recurrence(drive, decay_codes(ssm.Lambda_bar), state_wire))
        rectified = build.complex_relu
    read = named("state_relu", rectified(state) if ssm.rectified else state)
    from_state = linear("C", read, np.zeros(ssm.C.shape[0]))
    D = plan.codes(prefix + "D", ssm.D, ssm.D_bias).of_groups(groups)
    skip = named("skip", build.scale(u, D, plan.wires[prefix + "skip"]))
    return named("output", build.add(from_state, skip, plan.wires[prefix + "output"]))


def _rectified(build: ProgramBuilder, wire: int, kind: str) -> int:
    return build.relu(wire) if kind == "relu" else wire


def _refuse_unknown(activations: Activations) -> None:
    if activations.activation == "gelu":
        raise ValueError(
            "the model has a GELU on its activations, which no node of a Program computes; train on with a table "
            "[relufication] whose activation is below 1."
        )
    if activations.top < 1:
        raise ValueError(
            f"the model lets the largest {activations.top:.0%} of its activations pass, which no node of a Program "
            "computes; leave out top of [relufication], or put a price on activations by [penalty]."
        )
