"""The gated recurrence: all forms of its scan and its derivative, whole clip against steps, the norm folded in.

Bound on rounding. One step h + g (v - h) rounds three times, each by at most u times a number below 2 m, where m bounds
every candidate; later steps shrink what came before by 1 - g. Errors of n steps stay below 6 u m n in any form, since
1 - g and g v round once each where they are made first.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn import compiled as compiled_library
from linnet.nn import gated_scan
from linnet.nn.gated import Gated
from linnet.nn.gated_scan import gated_scan_clip, gated_scan_step
from linnet.nn.init import gate_biases

FORMS = ["sequential", "compiled", pytest.param("associative", marks=pytest.mark.long)]  # that compiles long
UNIT = 2.0**-24
FEATURES, STATES = 5, 7


def built(name: str) -> gated_scan.GatedForm:
    if name == "compiled" and not compiled_library.available():
        pytest.skip("the compiled form was not built here")
    form: gated_scan.GatedForm = getattr(gated_scan, name)
    return form


def drawn(seed: int, frames: int) -> tuple[np.ndarray, ...]:
    """Gates from 0 to 1, both included, candidates, and weights for a scalar loss: [frames, 2, STATES] each."""
    rng = np.random.default_rng(seed)
    g = np.clip(rng.uniform(-0.2, 1.2, (frames, 2, STATES)), 0, 1).astype(np.float32)
    v, weights = (rng.standard_normal(g.shape).astype(np.float32) for _ in range(2))
    return g, v, weights


def one_by_one(g: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The definition in float64."""
    h, states = np.zeros(g.shape[1:]), []
    for gate, candidate in zip(g.astype(np.float64), v.astype(np.float64), strict=True):
        h = (1 - gate) * h + gate * candidate
        states.append(h)
    return np.stack(states)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("frames", [1, 2, 5, 64])
def test_every_form_gives_the_states_of_the_definition(form, frames):
    g, v, _ = drawn(frames, frames)
    states = gated_scan_clip(jnp.asarray(g), jnp.asarray(v), form=built(form))
    np.testing.assert_allclose(states, one_by_one(g, v), rtol=0, atol=6 * UNIT * frames * np.abs(v).max())


@pytest.mark.long
@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_the_derivative_that_jax_finds_for_the_steps(form):
    g, v, weights = drawn(3, 40)

    def by_steps(g, v):
        return jnp.sum(weights * jax.lax.scan(lambda h, x: (2 * (gated_scan_step(x[0], h, x[1]),))[:2],
                                              jnp.zeros_like(v[0]), (g, v))[1])  # fmt: skip

    expected = jax.grad(by_steps, argnums=(0, 1))(g, v)
    chosen = built(form)
    found = jax.grad(lambda g, v: jnp.sum(weights * gated_scan_clip(g, v, form=chosen)), argnums=(0, 1))(g, v)
    for ours, theirs in zip(found, expected, strict=True):
        bound = 6 * UNIT * len(g) * np.abs(weights).max() * max(1.0, 2 * np.abs(v).max())
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=bound)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([1, 2, 3, 16, 17, 30]))  # each length is compiled anew
def test_a_state_never_leaves_the_range_of_its_candidates(seed, frames):
    g, v, _ = drawn(seed, frames)
    states = np.asarray(gated_scan_clip(jnp.asarray(g), jnp.asarray(v)))
    lowest, highest = np.minimum(v.min(axis=0), 0), np.maximum(v.max(axis=0), 0)
    assert np.all(states >= lowest - 1e-5)
    assert np.all(states <= highest + 1e-5)


def test_an_empty_clip_has_no_states():
    empty = jnp.zeros((0, 2, STATES))
    assert gated_scan_clip(empty, empty).shape == (0, 2, STATES)


def folded(seed: int = 0, *, rectified: bool = True):
    rng = np.random.default_rng(seed)
    gated = Gated.create(rng, FEATURES, STATES)
    multiplier, addend = (
        jnp.asarray(x, jnp.float32) for x in (rng.uniform(0.5, 2, FEATURES), rng.normal(size=FEATURES))
    )
    layer = jax.jit(lambda g, m, a: g.fold(m, a, rectified=rectified))(gated, multiplier, addend)
    return gated, multiplier, addend, layer


@pytest.mark.parametrize("rectified", [True, False])
def test_frame_by_frame_is_the_whole_clip(rectified):
    _, _, _, layer = folded(rectified=rectified)
    u = np.random.default_rng(1).standard_normal((9, 2, FEATURES)).astype(np.float32)
    one_step = jax.jit(lambda state, frame: layer.step(state, frame))
    state, outputs = np.broadcast_to(layer.initial_state(), (2, STATES)), []
    for frame in u:
        state, y = one_step(state, frame)
        outputs.append(y)
    whole = np.asarray(jax.jit(lambda u: layer.apply(u))(u))
    np.testing.assert_allclose(whole, np.stack(outputs), rtol=0, atol=1e-5)
    assert np.any(whole < 0)


def test_the_norm_before_it_is_folded_in():
    gated, multiplier, addend, layer = folded()
    u = np.random.default_rng(2).standard_normal((6, 1, FEATURES)).astype(np.float32)

    @jax.jit
    def both(u):
        plain = gated.fold(jnp.ones(FEATURES), jnp.zeros(FEATURES))
        return layer.apply(u), plain.apply(multiplier * u + addend)

    of_folded, of_normed = both(u)
    np.testing.assert_allclose(of_folded, of_normed, rtol=0, atol=2e-5)


def test_gates_start_at_time_constants_from_one_and_a_half_to_150_frames():
    bias = gate_biases(np.random.default_rng(0), 4000)
    gates = 1 / (1 + np.exp(-bias))
    assert 1 / 150 <= gates.min() < 1 / 140
    assert 1 / 1.6 < gates.max() <= 1 / 1.5
    assert np.median(np.log(1 / gates)) == pytest.approx(np.log(15), abs=0.1)


def test_every_matrix_and_every_wire_has_a_name():
    names = []
    _, _, _, layer = folded()

    def note(name, value):
        names.append(name)
        return value

    jax.eval_shape(lambda u: layer.apply(u, tap=note), np.ones((2, 1, FEATURES), np.float32))
    assert set(names) == {
        *("V", "V_bias", "G", "G_bias", "C", "D", "D_bias"),
        *("candidate", "control", "state", "state_relu", "from_state", "skip", "output"),
    }
