"""The whole model: its forms agree, its norms fold away, its taps see everything, its gradient is right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn.network import Network
from linnet.nn.ssm import S5
from tests.kinds import as_a
from tests.nn.precision import UNIT, float64, largest_of_denoiser, roundings, widened

BINS, FRAMES = 9, 8

whole = jax.jit(lambda model, features: model.apply(features))
one_step = jax.jit(lambda model, state, features: model.step(state, features))
normalised = jax.jit(lambda model, features: model.apply_normalised(features))
fold = jax.jit(lambda model, statistics: model.fold(statistics))


def created(seed: int, layers: int = 1) -> Network:
    return Network.create(seed, features=BINS, outputs=BINS, width=1 / 16, layers=layers)


def heard(seed: int, *shape: int) -> np.ndarray:
    return np.abs(np.random.default_rng(seed).standard_normal((*shape, BINS)))


def names_seen(model) -> dict:
    """Whatever the taps of the model are called with, by name; activations are only traced."""
    seen: dict = {}

    def tap(name: str, value):
        assert name not in seen, f"{name} came twice"
        seen[name] = value
        return value

    jax.eval_shape(lambda features: model.apply(features, tap=tap), jnp.zeros((3, 1, BINS)))
    return seen


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_frame_by_frame_is_the_whole_clip(seed):
    features = heard(seed, FRAMES)
    with float64():
        model = created(seed)
        model = widened(fold(model, model.initial_statistics()))
        clip, state, steps = np.asarray(whole(model, features)), model.initial_state(), []
        for frame in features:
            state, gain = one_step(model, state, frame)
            steps.append(np.asarray(gain))
        model = jax.tree.map(np.asarray, model)
    tolerance = 2 * roundings(model, FRAMES) * UNIT * largest_of_denoiser(model, features)
    assert (np.abs(clip - np.stack(steps)) <= tolerance).all()
    assert tolerance.max() < 1e-6, "the bound says nothing"


@pytest.mark.long
def test_training_by_batch_statistics_equals_folding_them():
    features = heard(3, FRAMES, 2)
    with float64():
        model = widened(created(3))
        gains, statistics = normalised(model, features)
        folded = whole(fold(model, statistics), features)
        np.testing.assert_allclose(gains, folded, rtol=0, atol=1e-12)
        mean, variance = (np.asarray(part) for part in statistics.features)
    np.testing.assert_allclose(mean, features.mean((0, 1)), rtol=1e-12)
    np.testing.assert_allclose(variance, features.var((0, 1)), rtol=1e-12)


def test_gains_lie_between_zero_and_one():
    model = created(4)
    gains = np.asarray(whole(fold(model, model.initial_statistics()), heard(4, FRAMES, 2).astype(np.float32)))
    assert gains.dtype == np.float32
    assert gains.shape == (FRAMES, 2, BINS)
    assert ((gains >= 0) & (gains <= 1)).all()


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    one, again, other = (jax.tree.leaves(created(seed)) for seed in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_width_one_has_the_size_that_its_matrices_add_up_to():
    model = Network.create(0, features=257, outputs=257, width=1.0)
    assert as_a(S5, model.layers[0].ssm).B_re.shape == (128, 192)
    matrices = 257 * 192 + 3 * (4 * 128 * 192 + 192 * 192) + 192 * 257
    vectors = 2 * 257 + 192 + 3 * (2 * 192 + 3 * 128 + 2 * 192) + 257
    assert sum(leaf.size for leaf in jax.tree.leaves(model)) == matrices + vectors == 508_611


@pytest.mark.parametrize("width", [0.0, 0.03, 0.99])
def test_a_width_that_is_no_whole_number_of_blocks_is_refused(width):
    with pytest.raises(ValueError, match=f"width={width} is not a whole number of blocks"):
        Network.create(0, features=BINS, outputs=BINS, width=width)


def test_taps_see_every_weight_of_the_folded_model_once():
    model = created(7, layers=2)
    folded = fold(model, model.initial_statistics())
    weights = [value for value in names_seen(folded).values() if value.ndim < 3]
    assert sorted(map(id, weights)) == sorted(map(id, jax.tree.leaves(folded)))


def test_taps_see_every_wire():
    model = created(8)
    wires = {
        name for name, value in names_seen(fold(model, model.initial_statistics())).items() if value.ndim == 3
    }
    of_ssm = {"drive", "state", "state_relu", "from_state", "skip", "output"}
    of_layer = {"activation", "control", "gated", "output"} | {f"ssm.{name}" for name in of_ssm}
    assert wires == {"features", "encoded", "logit", "gain"} | {f"layers.0.{name}" for name in of_layer}


def test_what_a_tap_answers_is_what_the_model_goes_on_with():
    model, features = created(9), heard(9, FRAMES, 1).astype(np.float32)
    folded = fold(model, model.initial_statistics())
    names = list(names_seen(folded))

    @jax.jit
    def gains(offsets: dict):
        return folded.apply(features, tap=lambda name, value: value + offsets[name])

    nothing = dict.fromkeys(names, 0.0)
    untouched = gains(nothing)
    for name in names:
        assert not np.array_equal(gains(nothing | {name: 0.5}), untouched), name


@pytest.mark.long
def test_the_gradient_is_what_finite_differences_show():
    features, weights = heard(10, FRAMES, 2), np.random.default_rng(11).standard_normal((FRAMES, 2, BINS))
    step = 1e-6  # central differences: truncation ~ step^2, rounding ~ unit / step ~ 1e-10

    def loss(model: Network):
        return jnp.sum(weights * model.apply_normalised(jnp.asarray(features))[0])

    with float64():
        model = widened(created(10))
        both = jax.jit(jax.value_and_grad(loss))
        gradient = both(model)[1]
        rng = np.random.default_rng(12)
        direction = jax.tree.map(lambda leaf: rng.standard_normal(leaf.shape), model)
        ahead, behind = (
            float(both(jax.tree.map(lambda x, d, s=sign: x + s * step * d, model, direction))[0])
            for sign in (1, -1)
        )
        slopes = jax.tree.map(lambda g, d: float(np.sum(np.asarray(g) * d)), gradient, direction)
    assert (ahead - behind) / (2 * step) == pytest.approx(sum(jax.tree.leaves(slopes)), rel=1e-6, abs=1e-6)
