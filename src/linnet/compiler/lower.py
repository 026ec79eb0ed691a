"""From a folded float model and the plan of its wires to the integer Program, node by node in the order of `forward`.

`lower` reads as nn/denoiser.py does: encoder, layers, decoder. Bits and exponents are the plan's (quant/plan.py), and
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
from linnet.nn.denoiser import FoldedDenoiser, FoldedLayer
from linnet.nn.gated import FoldedGated
from linnet.nn.ssm import FoldedS5
from linnet.quant.decays import decay_codes
from linnet.quant.plan import Plan, Ranges, make_plan
from linnet.quant.scheme import W8A16, Scheme


class Lowered(NamedTuple):
    """A program, and the index of its wire for the name of every tap of the float model that sees an activation."""

    program: Program
    wires: Mapping[str, int]


def lower(model: FoldedDenoiser, ranges: Ranges, metadata: Metadata, *, scheme: Scheme = W8A16) -> Program:
    """The integer program of `model`; raises ValueError (from validate) where a sum could overflow.

    `ranges` come from quant.calibrate on the same model; `metadata.front_end` must have its number of bins. Values that
    cannot reach an output are left out (eliminate.py).
    """
    return eliminate_dead(lower_by(make_plan(ranges, scheme), model, metadata).program)


def lower_by(plan: Plan, model: FoldedDenoiser, metadata: Metadata) -> Lowered:
    """The same by a plan that is made already, with the names of the wires, each as wide as in the float model.

    Raises:
        ValueError: a sum could overflow, the plan's scheme has weights that are no integers, or the model has a GELU or
            lets only the largest activations pass.
    """
    _refuse_unknown(model.activations)
    build = ProgramBuilder(bins=model.encoder.weight.shape[1])
    wire = build.named("features", build.quantize(plan.wires["features"]))
    encoder = plan.codes("encoder.weight", model.encoder.weight, model.encoder.bias)
    wire = build.linear(wire, encoder, plan.wires["encoded"])
    wire = build.named("encoded", _rectified(build, wire, model.activations.encoded))
    for i, layer in enumerate(model.layers):
        wire = _layer(build, plan, f"layers.{i}.", wire, layer)
    decoder = plan.codes("decoder.weight", model.decoder.weight, model.decoder.bias)
    wire = build.named("logit", build.linear(wire, decoder, plan.wires["logit"]))
    build.dequantize(build.named("gain", build.sigmoid(wire, plan.wires["gain"])))
    return Lowered(build.program(metadata), build.names)


def _layer(build: ProgramBuilder, plan: Plan, prefix: str, u: int, layer: FoldedLayer) -> int:
    """u -> relu(u + y sigmoid(W y + b)), y = relu(recurrence(u)): wire in, wire out.

    Behind a rectified u the outer ReLU never acts, for no summand is negative; `build.relu` then adds no node.
    """

    def named(name: str, wire: int) -> int:
        return build.named(prefix + name, wire)

    wires = {name.removeprefix(prefix): wire for name, wire in plan.wires.items() if name.startswith(prefix)}
    y = named("activation", build.relu(_ssm(build, plan, prefix + "ssm.", u, layer.ssm)))
    gate = plan.codes(prefix + "gate.weight", layer.gate.weight, layer.gate.bias)
    control = named("control", build.linear(y, gate, wires["control"]))
    gated = named("gated", build.gate(y, control, wires["gated"]))
    return named("output", _rectified(build, build.add(u, gated, wires["output"]), layer.activations.output))


def _ssm(build: ProgramBuilder, plan: Plan, prefix: str, u: int, ssm: FoldedS5 | FoldedGated) -> int:
    """C relu(state) + D u + D_bias: wire in, wire out."""

    def named(name: str, wire: int) -> int:
        return build.named(prefix + name, wire)

    def linear(name: str, source: int, bias: Array | NDArray[np.float64]) -> int:
        codes, (_, target) = plan.codes(prefix + name, getattr(ssm, name), bias), plan.matrices[prefix + name]
        return named(target.removeprefix(prefix), build.linear(source, codes, plan.wires[target]))

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
    D = plan.codes(prefix + "D", ssm.D, ssm.D_bias)
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
