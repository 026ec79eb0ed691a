"""Lifting is lowering backwards: out come the numbers that codes stand for; a model of another shape is refused."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("jax")
import jax

from linnet.compiler.lift import LiftError, lift
from linnet.compiler.lower import lower_by
from linnet.ir import Linear, Program
from linnet.nn.network import Network
from linnet.quant.plan import make_plan
from linnet.quant.rounded import rounded_model
from linnet.quant.scheme import W8A16
from tests.compiler.small import BINS, Small, metadata, small, small_banded, small_gated


def lowered(drawn: Small) -> Program:
    return lower_by(make_plan(drawn.ranges, W8A16), drawn.model, metadata()).program


@pytest.mark.long
@pytest.mark.parametrize("make", [small_gated, small_banded])
def test_the_lifted_model_is_the_twin_whose_weights_are_rounded(make):
    drawn = make()
    lifted = lift(lowered(drawn), drawn.model)
    twin = rounded_model(drawn.model, make_plan(drawn.ranges, W8A16))
    apply = jax.jit(lambda model: model.apply(drawn.features))
    theirs = np.asarray(apply(twin))
    assert np.abs(theirs - drawn.gains).max() > 1e-3, "rounding is to be seen here"
    np.testing.assert_allclose(apply(lifted), theirs, rtol=0, atol=2e-5)


@pytest.mark.long
def test_another_width_another_depth_and_s5_are_refused_by_what_was_found():
    program = lowered(small_gated())
    wider = Network.create(0, features=BINS, outputs=BINS, width=1 / 8, layers=2, recurrence="gated")
    deeper = Network.create(0, features=BINS, outputs=BINS, width=1 / 16, layers=3, recurrence="gated")
    shallower = Network.create(0, features=BINS, outputs=BINS, width=1 / 16, layers=1, recurrence="gated")
    of = jax.jit(lambda model: model.fold(model.initial_statistics()))
    with pytest.raises(LiftError, match="the encoder of 24 x 17, the file has one of 12 x 17"):
        lift(program, of(wider))
    with pytest.raises(LiftError, match="V of layer 3 of 12 x 12, the file has one of 17 x 12"):
        lift(program, of(deeper))
    with pytest.raises(LiftError, match="the decoder of 17 x 12, the file has one of 12 x 12"):
        lift(program, of(shallower))
    with pytest.raises(LiftError, match="layer 1 is S5"):
        lift(lowered(small()), small().model)


def test_a_matrix_too_many_is_refused():
    program = lowered(small_gated())
    last = next(node for node in reversed(program.nodes) if isinstance(node, Linear))
    more = dataclasses.replace(program, nodes=(*program.nodes, last))
    with pytest.raises(LiftError, match="more matrices"):
        lift(more, small_gated().model)
