"""A model with bands, lowered: its program beside the float model, its twin wire by wire, the engine bit for bit."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.compiler.lower import Lowered, lower, lower_by
from linnet.ir import Linear, initial_state, program_to_bytes, run, run_codes, step
from linnet.ir.interpreter import quantize_features
from linnet.numerics import sigmoid15
from linnet.quant.equalize import equalized
from linnet.quant.plan import Plan, make_plan
from linnet.quant.rounded import rounded_model, rounded_step
from linnet.quant.scheme import W8A8, W8A16, Scheme
from linnet.runtime import Session
from tests.compiler.small import metadata, small_banded
from tests.nn.precision import float64, widened

BANDS, CHANNELS = 4, 3


def lowered(scheme: Scheme) -> tuple[Plan, Lowered]:
    plan = make_plan(small_banded().ranges, scheme)
    return plan, lower_by(plan, small_banded().model, metadata())


@pytest.mark.long
def test_the_program_gives_the_gains_of_the_float_model_but_for_rounding():
    program = lowered(W8A16)[1].program
    for clip in range(3):
        difference = run(program, small_banded().features[:, clip]) - small_banded().gains[:, clip]
        assert 0 < np.sqrt(np.mean(difference**2)) < 2.0**-7


def test_what_bands_share_is_stored_once_and_the_rest_keeps_its_zeros():
    matrices = [node for node in lowered(W8A16)[1].program.nodes if isinstance(node, Linear)]
    shared = [node for node in matrices if node.repeat == BANDS]
    assert [node.weight.shape for node in shared] == [(CHANNELS, CHANNELS)] * 8
    encoder, decoder = matrices[0].weight, matrices[-1].weight
    # the lowest band sees bins 0 to 2, of which two are its own, and their phases; the first gain, two bands
    assert set(np.nonzero(encoder[:CHANNELS])[1]) <= {0, 1, 2, 17, 18, 19, 21, 22, 23}
    assert set(np.nonzero(decoder[0])[0]) <= set(range(2 * CHANNELS))


@pytest.mark.parametrize("scheme", [W8A16, W8A8], ids=["W8A16", "W8A8"])
def test_the_engine_gives_the_integers_of_the_interpreter(scheme):
    program = lower(small_banded().model, small_banded().ranges, metadata(), scheme=scheme)
    codes = quantize_features(program, small_banded().features[:, 1])
    assert np.array_equal(Session(program_to_bytes(program)).run(codes), run_codes(program, codes))


@pytest.mark.long
def test_frame_by_frame_the_twin_is_the_program_once_it_has_the_programs_sigmoid(monkeypatch):
    plan, (program, wires) = lowered(W8A16)

    def by_table(logits: jax.Array) -> jax.Array:
        codes = np.clip(np.floor(np.asarray(logits) * 2**11 + 0.5), -(2**15), 2**15 - 1)
        return jnp.asarray(sigmoid15(codes.astype(np.int16)) / 2.0**15, jnp.float64)

    monkeypatch.setattr(jax.nn, "sigmoid", by_table)
    with float64():
        twin = rounded_model(widened(small_banded().model), plan)
        state, theirs = twin.initial_state(), initial_state(program)
        for frame in small_banded().features[:, 0]:
            codes: dict[int, np.ndarray] = {}
            seen: dict[str, np.ndarray] = {}

            def note(name, value, seen=seen):
                seen[name] = np.asarray(value)
                return value

            theirs, _ = step(program, theirs, frame, trace=codes.__setitem__)
            state, _ = rounded_step(twin, plan, state, jnp.asarray(frame, jnp.float64), tap=note)
            for name, wire in wires.items():
                by_group = codes[wire][0].reshape(seen[name].shape)
                values = by_group * np.exp2(-np.float64(1) * plan.wires[name].exponents)
                assert np.array_equal(seen[name], values), name
        assert all(np.any(layer) for layer in theirs)


def test_weights_that_bands_share_cannot_be_equalized():
    with pytest.raises(ValueError, match="bands"):
        equalized(small_banded().model)
