"""A plan gives every wire of a model a format, states by their own sizes, and refuses sums that would vanish."""

from dataclasses import replace

import numpy as np
import pytest

from linnet.quant.plan import SMALLEST_STATE, Plan, make_plan, state_spread
from linnet.quant.scheme import SCHEMES, W8A8, W8A16

STATES = np.array([3.0, 0.01, 0.0, SMALLEST_STATE / 2, 0.5, 0.3, 0.0, 0.0])


def ranges(**changed: float) -> dict[str, np.ndarray]:
    """Of one layer of three features and four states; `changed` are other sizes than 1 of its wires."""
    sizes = {name: np.array([0.5, 1.0, 0.2]) * changed.get(name, 1.0) for name in ("features", "encoded")}
    inside = ("ssm.from_state", "ssm.skip", "ssm.output", "activation", "control", "gated", "output")
    for name in inside:
        sizes[f"layers.0.{name}"] = np.array([0.3, 1.0, 0.1]) * changed.get(name, 1.0)
    return sizes | {f"layers.0.ssm.{name}": STATES for name in ("state", "state_relu", "drive")}


def planned(scheme=W8A16, **changed: float) -> Plan:
    return make_plan(ranges(**changed), scheme)


def test_states_come_to_lie_between_one_and_two_together_with_their_other_part():
    assert list(np.exp2(state_spread(STATES, parts=2))) == [0.5, 4.0, 1.0, 1.0] * 2


def test_states_have_exponents_of_their_own_and_drives_the_same_with_the_guard_bits():
    wires = planned().wires
    state, drive = wires["layers.0.ssm.state"], wires["layers.0.ssm.drive"]
    assert np.array_equal(state.exponents, state.exponent + state_spread(STATES, parts=2))
    assert np.array_equal(drive.exponents, state.exponents + W8A16.state_guard_bits)
    assert drive.bits == 32


@pytest.mark.parametrize("scheme", [W8A16, W8A8], ids=["W8A16", "W8A8"])
def test_what_calibration_heard_fits_every_wire(scheme):
    for name, wire in planned(scheme).wires.items():
        if name in ranges() and wire.exponent != 11:  # a logit beyond 16 is as good as 16
            top = 2 ** (wire.bits - 1) - 1
            assert (ranges()[name] * np.exp2(np.float64(1) * wire.exponents) < top + 0.5).all(), name


def test_with_eight_bits_matrices_read_eight_and_sums_have_sixteen():
    plan = planned(W8A8)
    assert {plan.wires[source].bits for source, _ in plan.matrices.values()} == {8}
    assert {plan.wires[f"layers.0.{name}"].bits for name in ("ssm.from_state", "gated", "control")} == {16}


def test_every_matrix_stands_between_two_wires_of_the_plan():
    plan = planned()
    assert list(plan.matrices) == [
        "encoder.weight",
        *(f"layers.0.{name}" for name in ("ssm.B", "ssm.C", "ssm.D", "gate.weight")),
        "decoder.weight",
    ]
    assert {wire for ends in plan.matrices.values() for wire in ends} <= plan.wires.keys()


def test_a_sum_is_no_finer_than_its_finer_side():
    wires = planned(output=2.0**-9, features=1.0).wires
    assert wires["layers.0.output"].exponent == max(
        wires["encoded"].exponent, wires["layers.0.gated"].exponent
    )


def test_a_sum_whose_sides_lie_too_far_apart_is_refused():
    with pytest.raises(ValueError, match="lie more than 15 apart"):
        planned(encoded=2.0**-12, **{"ssm.output": 2.0**12, "ssm.skip": 2.0**12, "output": 2.0**12})


def test_a_pattern_that_names_no_matrix_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"layers.7.\* names no matrix .* layers.0.ssm.B"):
        planned(replace(W8A16, weight_bits=4, weight_bits_of_names=(("layers.7.*", 8),)))


@pytest.mark.parametrize("name", ["W8A16", "W4A16", "E4M3A16"])
def test_the_values_of_a_matrix_are_near_its_weights(name):
    plan, rng = planned(SCHEMES[name]), np.random.default_rng(0)
    weight, bias = rng.standard_normal((3, 8)), rng.standard_normal(3)
    values, biases = plan.values("layers.0.ssm.C", weight, bias)
    step = {"W8A16": 2.0**-7, "W4A16": 2.0**-1, "E4M3A16": 2.0**-4}[name]
    balanced = weight * np.exp2(-state_spread(STATES, parts=2).astype(float))
    error = np.abs(values - weight) * np.exp2(-state_spread(STATES, parts=2).astype(float))
    assert (error <= step * np.abs(balanced).max(1, keepdims=True)).all()
    assert np.abs(values - weight).max() > 0
    of_inputs = 2.0 ** -plan.wires["layers.0.ssm.state"].exponent
    assert (np.abs(biases - bias) <= step * np.abs(balanced).max(1) * of_inputs).all()
