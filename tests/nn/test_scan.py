"""The recurrence against a plain loop, and its derivative rule against autodiff and finite differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn.scan import scan_clip, scan_step
from tests.nn.precision import UNIT, float64

STATES = 3
whole_clip = jax.jit(scan_clip)


def drawn(seed: int, frames: int, dtype: type = np.float64) -> tuple:
    """A decay inside the unit circle, a drive, both as pairs, and weights for a scalar loss."""
    rng = np.random.default_rng(seed)
    radius, angle = rng.uniform(0.2, 0.9999, STATES), rng.uniform(-np.pi, np.pi, STATES)
    a = (radius * np.cos(angle)).astype(dtype), (radius * np.sin(angle)).astype(dtype)
    b = tuple(rng.standard_normal((frames, 2, STATES)).astype(dtype) for _ in range(2))
    weights = tuple(rng.standard_normal((frames, 2, STATES)).astype(dtype) for _ in range(2))
    return a, b, weights


def plain_loop(a: tuple, b: tuple) -> np.ndarray:
    decay, drive = a[0] + 1j * a[1].astype(np.complex128), b[0] + 1j * b[1].astype(np.complex128)
    x, states = np.zeros(drive.shape[1:], np.complex128), []
    for each in drive:
        x = decay * x + each
        states.append(x)
    return np.stack(states)


def naive_scan(a: tuple, b: tuple) -> tuple:
    """The same recurrence for JAX to differentiate by itself."""
    x, states = (jnp.zeros_like(b[0][0]), jnp.zeros_like(b[0][0])), []
    for t in range(b[0].shape[0]):
        x = scan_step(a, x, (b[0][t], b[1][t]))
        states.append(x)
    return jnp.stack([s[0] for s in states]), jnp.stack([s[1] for s in states])


def loss(scan, weights: tuple):
    def value(a: tuple, b: tuple):
        x = scan(a, b)
        return jnp.sum(weights[0] * x[0] + weights[1] * jnp.sin(x[1]))

    return value


@pytest.mark.parametrize(("dtype", "unit"), [(np.float32, 2.0**-24), (np.float64, UNIT)])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), frames=st.sampled_from([1, 7]))
def test_the_whole_clip_is_the_plain_loop(dtype, unit, seed, frames):
    a, b, _ = drawn(seed, frames, dtype)
    with float64():
        x = tuple(map(np.asarray, whole_clip(a, b)))
    assert x[0].dtype == dtype
    # four roundings a frame, each as large as the state with every |a| and |b| taken absolute, here below frames * 5
    bound = 4 * frames * unit * np.abs(plain_loop((np.abs(a[0]) + np.abs(a[1]), 0 * a[1]), np.abs(b))).max()
    np.testing.assert_allclose(x[0] + 1j * x[1], plain_loop(a, b), rtol=0, atol=4 * bound)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_steps_give_the_states_of_the_whole_clip(seed):
    a, b, _ = drawn(seed, 7, np.float32)
    whole, x = whole_clip(a, b), (np.zeros((2, STATES), np.float32),) * 2
    for t in range(7):
        x = scan_step(a, x, (b[0][t], b[1][t]))
        largest = 4 * (t + 1) * 2.0**-24 * 50
        np.testing.assert_allclose(x[0], whole[0][t], rtol=0, atol=largest)
        np.testing.assert_allclose(x[1], whole[1][t], rtol=0, atol=largest)


@pytest.mark.parametrize("frames", [1, 5])
def test_the_derivative_rule_is_the_derivative_of_the_plain_loop(frames):
    a, b, weights = drawn(5, frames)
    with float64():
        ruled = jax.jit(jax.grad(loss(scan_clip, weights), argnums=(0, 1)))(a, b)
        derived = jax.jit(jax.grad(loss(naive_scan, weights), argnums=(0, 1)))(a, b)
    for one, other in zip(jax.tree.leaves(ruled), jax.tree.leaves(derived), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_the_derivative_rule_is_what_finite_differences_show():
    a, b, weights = drawn(6, 8)
    direction = drawn(7, 8)[:2]
    step = 1e-5  # central differences: error ~ step^2 of truncation, unit / step of rounding, both near 1e-10

    def moved(by: float) -> tuple:
        return jax.tree.map(lambda x, d: x + by * d, (a, b), direction)

    with float64():
        both = jax.jit(jax.value_and_grad(loss(scan_clip, weights), argnums=(0, 1)))
        ahead, behind = (float(both(*moved(by))[0]) for by in (step, -step))
        gradient = jax.tree.map(np.asarray, both(a, b)[1])
    slope = sum(jax.tree.leaves(jax.tree.map(lambda g, d: np.sum(g * d), gradient, direction)))
    assert (ahead - behind) / (2 * step) == pytest.approx(slope, rel=1e-6, abs=1e-6)
