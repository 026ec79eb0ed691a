"""The compiled layer against the same layer in JAX: outputs, states, every derivative; and when a layer is one."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn import compiled, layer
from linnet.nn.activations import Activations
from linnet.nn.gated import Gated
from linnet.nn.layer import Layer
from linnet.nn.layers import Linear, Moments, Norm
from linnet.nn.taps import OnWeights, chained, leaves_wires, passthrough, within
from linnet.nn.whole_layer import MOST_FEATURES, Weights, plain, takes, whole_layer

needs_library = pytest.mark.skipif(not compiled.available(), reason="training's C library was not built")


def given(frames: int, sequences: int, features: int, *, rectified: bool, scale: float = 1.0):
    rng = np.random.default_rng(frames + features)
    u, r = (scale * rng.standard_normal((frames, sequences, features)) for _ in range(2))
    vectors = rng.standard_normal((6, features))
    vectors[5] = 0 if rectified else -np.inf
    matrices = rng.standard_normal((4, features, features)) / np.sqrt(features)
    as_floats = [jnp.asarray(each, jnp.float32) for each in (u, r, matrices, vectors)]
    return as_floats[0], as_floats[1], Weights(*as_floats[2:])


@needs_library
@pytest.mark.parametrize(
    ("frames", "sequences", "features", "rectified"),
    [(1, 1, 1, True), (7, 33, 12, False), (5, 64, 12, True), (9, 31, MOST_FEATURES, True), (40, 3, 5, False)],
)
def test_the_compiled_layer_is_the_one_in_jax_and_so_are_its_derivatives(
    frames, sequences, features, rectified
):
    u, r, weights = given(frames, sequences, features, rectified=rectified)

    @jax.jit
    def of_plain(u, weights):
        y, pull, h = jax.vjp(plain, u, weights, has_aux=True)
        return (y, h), pull(r)

    expected, derivatives = of_plain(u, weights)
    for got, value in zip(compiled.layer_forward(u, weights), expected, strict=True):
        np.testing.assert_allclose(got, value, rtol=1e-5, atol=1e-5)
    found = jax.jit(lambda u, w: jax.vjp(whole_layer, u, w)[1](r))(u, weights)
    for got, expected in zip(jax.tree.leaves(found), jax.tree.leaves(derivatives), strict=True):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * max(1, np.abs(expected).max()))


@needs_library
def test_gates_that_are_wide_open_or_shut_stay_numbers():
    u, r, weights = given(6, 5, 12, rectified=False, scale=1e4)
    y, h = compiled.layer_forward(u, weights)
    expected, _ = jax.jit(plain)(u, weights)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-2)
    found = jax.tree.leaves(compiled.layer_backward(u, h, weights, r))
    assert all(np.isfinite(each).all() for each in found)


@needs_library
def test_what_is_not_a_number_comes_out():
    u, _, weights = given(3, 4, 12, rectified=False)
    y, _ = compiled.layer_forward(u.at[1, 2, 3].set(jnp.nan), weights)
    assert np.isnan(np.asarray(y)[1:, 2]).any()
    assert np.isfinite(np.asarray(y)[:, [0, 1, 3]]).all()


@needs_library
def test_arrays_that_do_not_belong_together_are_refused():
    u, _, weights = given(3, 4, 12, rectified=True)
    with pytest.raises(Exception, match=r"linnet_layer_forward takes u \[frames, sequences, H\]"):
        jax.block_until_ready(compiled.layer_forward(u, (weights.matrices[:3], weights.vectors)))
    with pytest.raises(Exception, match="linnet_layer_backward takes u, h and r"):
        jax.block_until_ready(compiled.layer_backward(u, u[:2], weights, u))
    too_wide, _, other = given(2, 2, MOST_FEATURES + 1, rectified=True)
    assert takes(u, weights)
    assert not takes(too_wide, other)


def created(activations: Activations, features: int = 6):
    rng = np.random.default_rng(3)
    parts = (
        Norm.create(features),
        Gated.create(rng, features, features),
        Linear.create(rng, features, features),
    )
    moments = Moments(jnp.zeros(features), jnp.ones(features))
    return Layer(*parts, groups=2).fold(moments, activations)


@needs_library
@pytest.mark.parametrize("state", ["identity", "relu"])
def test_a_layer_that_nobody_looks_into_is_compiled_and_gives_what_it_gave(monkeypatch, state):
    folded = created(Activations(state=state))
    u = jnp.asarray(np.random.default_rng(4).standard_normal((8, 3, 12)), jnp.float32)
    calls: list[object] = []

    def counted(*given):
        calls.append(given)
        return whole_layer(*given)

    monkeypatch.setattr(layer, "whole_layer", counted)
    seen: list[str] = []

    def looks(name, value):
        seen.append(name)
        return value

    def applied(tap=passthrough):
        return jax.jit(lambda u: folded.apply(u, tap=tap))(u)

    looked_at = applied(looks)
    assert not calls
    assert "control" in seen
    doubled = OnWeights(lambda name, value: 2 * value if name == "gate.bias" else value)
    np.testing.assert_allclose(applied(), looked_at, rtol=0, atol=1e-5)
    of_weights = applied(doubled)
    assert len(calls) == 2
    expected = applied(lambda name, value: doubled(name, value))
    np.testing.assert_allclose(of_weights, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "activations", [Activations(activation="gelu"), Activations(output="identity"), Activations(top=0.5)]
)
def test_a_layer_that_bends_elsewhere_is_not_compiled(monkeypatch, activations):
    monkeypatch.setattr(layer, "whole_layer", lambda *given: pytest.fail("taken for another layer"))
    jax.eval_shape(created(activations).apply, jnp.ones((2, 1, 12)))


def test_a_promise_to_leave_wires_alone_holds_for_what_is_made_of_it():
    def looks(name, value):
        return value

    promises = OnWeights(looks)
    assert leaves_wires(passthrough)
    assert leaves_wires(promises)
    assert not leaves_wires(looks)
    assert leaves_wires(within("layers.0", chained(passthrough, promises)))
    assert not leaves_wires(within("layers.0", chained(promises, looks)))
