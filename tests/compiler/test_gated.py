"""A gated model, lowered: its program beside the float model, its twin wire by wire, the engine bit for bit."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.compiler.lower import Lowered, lower_by
from linnet.ir import initial_state, program_to_bytes, run, run_codes, step
from linnet.ir.interpreter import quantize_features
from linnet.nn.gated import FoldedGated
from linnet.nn.layers import Linear as FloatLinear
from linnet.numerics import sigmoid15
from linnet.quant.calibrate import calibrate
from linnet.quant.equalize import equalized
from linnet.quant.plan import Plan, make_plan
from linnet.quant.rounded import rounded_model, rounded_step
from linnet.quant.scheme import W8A8, W8A16, Scheme
from linnet.runtime import Session
from tests.compiler.small import metadata, small_gated
from tests.kinds import as_a
from tests.nn.precision import float64, widened

SCHEMES = pytest.mark.parametrize("scheme", [W8A16, W8A8], ids=["W8A16", "W8A8"])


def lowered(scheme: Scheme) -> tuple[Plan, Lowered]:
    plan = make_plan(small_gated().ranges, scheme)
    return plan, lower_by(plan, small_gated().model, metadata())


def test_the_program_gives_the_gains_of_the_float_model_but_for_rounding():
    program = lowered(W8A16)[1].program
    for clip in range(3):
        gains = run(program, small_gated().features[:, clip])
        difference = gains - small_gated().gains[:, clip]
        assert 0 < np.sqrt(np.mean(difference**2)) < 2.0**-7


def test_one_node_of_every_kind_stands_where_the_model_has_it():
    kinds = [type(node).__name__ for node in lowered(W8A16)[1].program.nodes]
    layer = [
        "Linear",
        "Linear",
        "GatedRecurrence",
        "Relu",
        "Linear",
        "Scale",
        "Add",
        "Relu",
        "Linear",
        "Gate",
        "Add",
    ]
    assert kinds == ["Quantize", "Linear", "Relu", *layer, *layer, "Linear", "Sigmoid", "Dequantize"]


@SCHEMES
def test_the_engine_gives_the_integers_of_the_interpreter(scheme):
    program = lowered(scheme)[1].program
    codes = quantize_features(program, small_gated().features[:, 1])
    assert np.array_equal(Session(program_to_bytes(program)).run(codes), run_codes(program, codes))


@pytest.mark.long
@SCHEMES
def test_frame_by_frame_the_twin_is_the_program_once_it_has_the_programs_sigmoid(scheme, monkeypatch):
    plan, (program, wires) = lowered(scheme)

    def by_table(logits: jax.Array) -> jax.Array:
        codes = np.clip(np.floor(np.asarray(logits) * 2**11 + 0.5), -(2**15), 2**15 - 1)
        return jnp.asarray(sigmoid15(codes.astype(np.int16)) / 2.0**15, jnp.float64)

    monkeypatch.setattr(jax.nn, "sigmoid", by_table)
    with float64():
        twin = rounded_model(widened(small_gated().model), plan)
        state, theirs = twin.initial_state(), initial_state(program)
        for frame in small_gated().features[:, 0]:
            codes: dict[int, np.ndarray] = {}
            seen: dict[str, np.ndarray] = {}

            def note(name, value, seen=seen):
                seen[name] = np.asarray(value)
                return value

            theirs, _ = step(program, theirs, frame, trace=codes.__setitem__)
            state, _ = rounded_step(twin, plan, state, jnp.asarray(frame, jnp.float64), tap=note)
            for name, wire in wires.items():
                values = codes[wire][0] * np.exp2(-np.float64(1) * plan.wires[name].exponents)
                assert np.array_equal(seen[name], values), name
        assert all(np.any(layer) for layer in theirs)


def test_candidates_have_24_bits_that_hold_all_that_calibration_heard():
    plan, program = make_plan(small_gated().ranges, W8A16), lowered(W8A16)[1].program
    for i, node in enumerate(program.recurrences):
        wire = plan.wires[f"layers.{i}.ssm.candidate"]
        largest = small_gated().ranges[f"layers.{i}.ssm.candidate"] * np.exp2(np.float64(1) * wire.exponents)
        assert 2.0**21 < largest.max() < 2.0**23
        assert 0 <= node.out_shift <= 31
        assert wire.bits == 32


def test_a_candidate_that_calibration_heard_much_louder_than_its_state_still_fits():
    ranges = {
        n: size * (2.0**14 if n.endswith("candidate") else 1.0) for n, size in small_gated().ranges.items()
    }
    plan = make_plan(ranges, W8A16)
    program = lower_by(plan, small_gated().model, metadata()).program
    assert all(node.out_shift >= 0 for node in program.recurrences)
    gains = run(program, small_gated().features[:, 0])
    assert np.sqrt(np.mean((gains - small_gated().gains[:, 0]) ** 2)) < 2.0**-5


@pytest.mark.long
def test_equalization_changes_no_bit_of_the_gains():
    model, features = small_gated().model, jnp.asarray(small_gated().features)
    decoder = as_a(FloatLinear, model.decoder)
    one = int(np.argmax(np.abs(np.asarray(decoder.weight)).sum(0)))
    decoder = dataclasses.replace(decoder, weight=decoder.weight.at[:, one].multiply(64.0))
    loud = dataclasses.replace(model, decoder=decoder)
    level = equalized(loud)
    assert not np.array_equal(as_a(FloatLinear, level.decoder).weight, decoder.weight)
    turned, plain = (as_a(FoldedGated, each.layers[0].ssm).G for each in (level, loud))
    assert not np.array_equal(turned, plain)
    # products by powers of two are exact, and sums keep their order
    assert np.array_equal(level.apply(features), loud.apply(features))


@pytest.mark.parametrize("rectified", [True, False])
def test_a_state_that_is_not_rectified_has_no_relu(rectified):
    model = small_gated().model
    layers = tuple(
        dataclasses.replace(layer, ssm=dataclasses.replace(layer.ssm, rectified=rectified))
        for layer in model.layers
    )
    model = dataclasses.replace(model, layers=layers)
    ranges = calibrate(model, [jnp.asarray(small_gated().features)])
    program = lower_by(make_plan(ranges, W8A16), model, metadata()).program
    kinds = [type(node).__name__ for node in program.nodes]
    assert kinds.count("Relu") == 1 + 2 * (1 + rectified)
