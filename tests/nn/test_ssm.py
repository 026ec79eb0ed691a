"""S5: discretization against the matrix exponential, whole clip against steps, the norm folded in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
import jax
import jax.numpy as jnp
from scipy.linalg import expm

from linnet.nn.ssm import LARGEST_REAL, S5, FoldedS5, complex_relu
from tests.nn.precision import UNIT, float64, largest_of_ssm, widened

FEATURES, BLOCKS, BLOCK_STATES, FRAMES = 6, 2, 4, 9

whole = jax.jit(lambda ssm, u: ssm.apply(u))
one_step = jax.jit(lambda ssm, x, u: ssm.step(x, u))


def created(seed: int) -> S5:
    return S5.create(np.random.default_rng(seed), FEATURES, BLOCKS, BLOCK_STATES)


def with_states(ssm: S5, Lambda: np.ndarray, timescale: np.ndarray) -> S5:
    re, im, log = (jnp.asarray(v, jnp.float32) for v in (np.real(Lambda), np.imag(Lambda), np.log(timescale)))
    return S5(re, im, log, ssm.B_re, ssm.B_im, ssm.C_re, ssm.C_im, ssm.D)


@jax.jit
def folded(ssm: S5) -> FoldedS5:
    return ssm.fold(jnp.ones(FEATURES), jnp.full(FEATURES, 0.1))


def zero_order_hold(Lambda: complex, timescale: float) -> tuple[complex, complex]:
    """exp(Lambda t) and its integral over one step, both from one matrix exponential."""
    augmented = expm(np.array([[Lambda * timescale, timescale], [0, 0]], np.complex128))
    return augmented[0, 0], augmented[0, 1]


@pytest.mark.parametrize("timescale", [1e-4, 1e-3, 0.02, 0.1, 1.0])
@pytest.mark.parametrize("Lambda", [-0.5 + 0.4j, -0.5 + 20j, -1e-4 + 0j, -1e-4 + 0.01j, -3 + 81j])
def test_discretization_is_the_matrix_exponential_also_for_slow_states(Lambda, timescale):
    ssm = with_states(created(0), np.full(4, Lambda), np.full(4, timescale))
    # what float32 holds of Lambda and of the logarithm is the exact input here
    Lambda = complex(float(ssm.Lambda_re[0]), float(ssm.Lambda_im[0]))
    timescale = np.exp(float(ssm.log_timescale[0]))
    (bar_re, bar_im), (factor_re, factor_im) = ssm.discretize()
    bar, factor = zero_order_hold(Lambda, timescale)
    # exp of a float32 in -10..0 and the products: 16 roundings; an angle of many turns loses what it turned
    tolerance = (16 + 4 * abs(Lambda * timescale)) * 2.0**-24
    assert abs(complex(bar_re[0], bar_im[0]) - bar) < tolerance
    assert abs(complex(factor_re[0], factor_im[0]) - factor) < tolerance * max(
        abs(factor), 2 / abs(Lambda) * (abs(Lambda) * timescale > 1)
    )


def test_a_state_that_would_grow_is_held_at_the_largest_real_part():
    ssm = with_states(created(0), np.full(4, 0.3 + 1j), np.full(4, 0.1))
    (bar_re, bar_im), _ = ssm.discretize()
    radius = np.hypot(np.asarray(bar_re, np.float64), np.asarray(bar_im, np.float64))
    np.testing.assert_allclose(radius, np.exp(LARGEST_REAL * 0.1), rtol=8 * 2.0**-24)


@pytest.mark.long
def test_folding_is_the_definition_written_out():
    ssm, rng = created(1), np.random.default_rng(2)
    multiplier, addend = rng.uniform(0.5, 2, FEATURES), rng.standard_normal(FEATURES)
    u = rng.standard_normal((FRAMES, FEATURES))
    with float64():
        ssm = widened(ssm)
        y = np.asarray(whole(ssm.fold(multiplier, addend), u))
    Lambda = np.asarray(ssm.Lambda_re) + 1j * np.asarray(ssm.Lambda_im)
    holds = [
        zero_order_hold(v, t) for v, t in zip(Lambda, np.exp(np.asarray(ssm.log_timescale)), strict=True)
    ]
    bar, factor = np.asarray(holds).T
    B = factor[:, None] * (np.asarray(ssm.B_re) + 1j * np.asarray(ssm.B_im))
    C = np.asarray(ssm.C_re) + 1j * np.asarray(ssm.C_im)
    x = np.zeros(Lambda.size, np.complex128)
    for t in range(FRAMES):
        normalised = multiplier * u[t] + addend
        x = bar * x + B @ normalised
        expected = 2 * np.real(C @ np.where(x.real > 0, x, 0)) + np.asarray(ssm.D) * normalised
        np.testing.assert_allclose(y[t], expected, rtol=1e-11, atol=1e-11)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), scale=st.floats(1e-3, 1e3))
def test_frame_by_frame_is_the_whole_clip(seed, scale):
    rng = np.random.default_rng(seed)
    u = scale * rng.standard_normal((FRAMES, FEATURES))
    with float64():
        ssm = widened(folded(created(seed)))
        clip = np.asarray(whole(ssm, u))
        x = jnp.zeros_like(ssm.drive_bias)
        steps = []
        for frame in u:
            x, y = one_step(ssm, x, frame)
            steps.append(np.asarray(y))
        ssm = jax.tree.map(np.asarray, ssm)
    # roundings on the longest way in: one product sum with B, four a frame in the state, one product sum with C
    roundings = sum(ssm.B.shape) + 4 * FRAMES + 4
    tolerance = 2 * roundings * UNIT * largest_of_ssm(ssm, u)
    assert (np.abs(clip - np.stack(steps)) <= tolerance).all()


def test_the_state_relu_keeps_or_drops_the_whole_complex_value():
    kept = complex_relu(jnp.array([1.0, 0.0, -1.0, 2.0, 5.0, 5.0, 5.0, -5.0]))
    assert np.array_equal(kept, [1, 0, 0, 2, 5, 0, 0, -5])
