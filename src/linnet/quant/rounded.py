"""The fake-quantized model: the float model with every weight and every wire rounded as the plan says.

It is the float twin of what compiler/lower.py makes of the same plan: equal numbers wherever the float type holds the
integers, and within a stated bound at the sigmoid (a table in the program) and in the recurrence (which rounds its own
state in the program, but not in `apply`). Straight-through derivatives are training's.
"""

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from linnet.nn.bands import Banded, Part, Squeeze
from linnet.nn.gated import FoldedGated
from linnet.nn.layer import FoldedLayer
from linnet.nn.layers import Linear
from linnet.nn.network import FoldedNetwork
from linnet.nn.ssm import FoldedS5
from linnet.nn.taps import Tap, chained, passthrough
from linnet.quant.decays import decay_codes, decay_values
from linnet.quant.matrices import WireFormat
from linnet.quant.plan import Plan
from linnet.quant.scheme import CANDIDATE_BITS

State = tuple[Array, ...]
"""One [..., states] per layer, [..., 2P] of S5; of a layer of several groups [..., groups, states]."""


def rounded_model(model: FoldedNetwork, plan: Plan) -> FoldedNetwork:
    """The model with the weights that its program would have, or with FP8 weights where the scheme asks for those.

    They come in JAX's default float type, which is to be float64 where biases and slow decays are to be exact.
    """
    layers = (_layer(layer, plan, f"layers.{i}.") for i, layer in enumerate(model.layers))
    squeeze = model.squeeze and Squeeze(
        _linear(model.squeeze.down, plan, "squeeze.down"), _linear(model.squeeze.up, plan, "squeeze.up")
    )
    return FoldedNetwork(
        _matrix(model.encoder, plan, "encoder"),
        tuple(layers),
        _matrix(model.decoder, plan, "decoder"),
        model.activations,
        squeeze,
    )


def rounding(plan: Plan) -> Tap:
    """The tap that rounds every activation at the plan's exponents, and leaves weights alone.

    What is read out of a state is rounded twice: as the state is kept, then as it is read. The program saturates
    candidates of a gated recurrence where it reads them, here they are where they are made.
    """

    def tap(name: str, value: Array) -> Array:
        if name.endswith("ssm.state"):
            value = rounded(value, kept_state(plan, name.removesuffix(".ssm.state")))
        wire = plan.wires.get(name)
        if wire is None:
            return value
        return rounded(value, replace(wire, bits=CANDIDATE_BITS) if name.endswith("candidate") else wire)

    return tap


def rounded_step(
    model: FoldedNetwork, plan: Plan, state: State, features: Array, *, tap: Tap = passthrough
) -> tuple[State, Array]:
    """One frame of a `rounded_model` with its states rounded as a program keeps them, which `apply` cannot do.

    States per layer and features [..., features] to the next states and gains [..., gains]; `tap`
    sees every wire after its rounding.
    """
    following, gains = model.step(state, features, tap=chained(rounding(plan), tap))
    kept = (kept_state(plan, f"layers.{i}") for i in range(len(following)))
    return tuple(rounded(x, wire) for x, wire in zip(following, kept, strict=True)), gains


def kept_state(plan: Plan, layer: str) -> WireFormat:
    """The format in which the program keeps the states of "layers.i": that of what enters them."""
    gated = plan.wires.get(f"{layer}.ssm.candidate")
    return plan.wires[f"{layer}.ssm.drive"] if gated is None else gated


def rounded(values: Array, wire: WireFormat) -> Array:
    """floor(v * 2^exponent + 1/2), saturated to the wire's bits, times 2^-exponent: v [..., features]."""
    scale = jnp.asarray(np.exp2(np.float64(1) * wire.exponents), values.dtype)
    top = 2 ** (wire.bits - 1)
    return jnp.clip(jnp.floor(values * scale + 0.5), -top, top - 1) / scale


def _layer(layer: FoldedLayer, plan: Plan, prefix: str) -> FoldedLayer:
    ssm, in_ssm = layer.ssm, prefix + "ssm."
    rounded_ssm = _gated(ssm, plan, in_ssm) if isinstance(ssm, FoldedGated) else _s5(ssm, plan, in_ssm)
    gate = _linear(layer.gate, plan, prefix + "gate")
    return FoldedLayer(rounded_ssm, gate, layer.activations, layer.groups)


def _s5(ssm: FoldedS5, plan: Plan, prefix: str) -> FoldedS5:
    B, drive_bias = plan.values(prefix + "B", ssm.B, ssm.drive_bias)
    re, im = (_float(part) for part in decay_values(decay_codes(ssm.Lambda_bar)))
    return FoldedS5((re, im), _float(B), _float(drive_bias), *_read_out(ssm, plan, prefix), ssm.rectified)


def _gated(ssm: FoldedGated, plan: Plan, prefix: str) -> FoldedGated:
    V, V_bias = plan.values(prefix + "V", ssm.V, ssm.V_bias)
    G, G_bias = plan.values(prefix + "G", ssm.G, ssm.G_bias)
    candidate, control = (_float(V), _float(V_bias)), (_float(G), _float(G_bias))
    return FoldedGated(*candidate, *control, *_read_out(ssm, plan, prefix), ssm.rectified)


def _read_out(ssm: FoldedS5 | FoldedGated, plan: Plan, prefix: str) -> tuple[Array, Array, Array]:
    """C, D and D_bias."""
    C, _ = plan.values(prefix + "C", ssm.C, np.zeros(ssm.C.shape[0]))
    D, D_bias = plan.values(prefix + "D", ssm.D, ssm.D_bias)
    return _float(C), _float(D), _float(D_bias)


def _matrix(matrix: Linear | Banded, plan: Plan, name: str) -> Linear | Banded:
    if isinstance(matrix, Linear):
        return _linear(matrix, plan, name)
    parts, bias = [], matrix.bias.astype(jnp.result_type(float))
    for i, (part, (rows, _)) in enumerate(zip(matrix.parts, matrix.places, strict=True)):
        weight, of_rows = plan.values(f"{name}.parts.{i}.weight", part.weight, matrix.bias[rows])
        parts.append(Part(_float(weight)))
        bias = bias.at[rows].set(_float(of_rows))
    return Banded(tuple(parts), bias, matrix.layout, matrix.decodes)


def _linear(linear: Linear, plan: Plan, name: str) -> Linear:
    values = plan.values(f"{name}.weight", linear.weight, linear.bias)
    return Linear(*(_float(value) for value in values))


def _float(value: Any) -> Array:
    return jnp.asarray(value, jnp.result_type(float))
