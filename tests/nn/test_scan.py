"""The recurrence in all its forms against SciPy's filter, and its derivative rule against autodiff and differences.

Bound on rounding. One step computes a x + b with an error of at most 4 u (|a x| + |b|) <= 4 u m, where m_t =
|a| m_{t-1} + |b_t| bounds the state and u is the unit roundoff (a complex product in real arithmetic: Higham,
"Accuracy and Stability of Numerical Algorithms", lemma 3.5). Later steps shrink it by |a| each, so after t frames the
error is at most 4 u e_t with e_t = |a| e_{t-1} + m_t: it stops growing where the state does. Forms that use powers of
`a` meet the same bound: a^j comes with a relative error of at most 4 j u, and e_t already counts j |a|^j for each.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn import compiled as compiled_library
from linnet.nn import scan
from linnet.nn.scan import (
    associative,
    chunked,
    compiled,
    conjugate,
    joined,
    parted,
    quickest,
    scan_clip,
    scan_step,
    sequential,
)
from tests.nn.precision import UNIT, float64

STATES = 3
FORMS = {
    "sequential": sequential,
    "chunked by 4": chunked(4),
    "chunked by 8": chunked(8),
    "associative": associative,
    "compiled": compiled,
    "quickest": None,
}
PARALLEL = ["chunked by 4", "associative"]
ONE_OF_EACH = ["sequential", "compiled", *PARALLEL]
UNITS = {np.float32: 2.0**-24, np.float64: UNIT}


def built(form: str):
    if form == "compiled" and not compiled_library.available():
        pytest.skip("the compiled form was not built here")
    return FORMS[form]


def complexes(x) -> np.ndarray:
    re, im = np.split(np.asarray(x, np.float64), 2, axis=-1)
    return re + 1j * im


def drawn(seed: int, frames: int, dtype: type = np.float64) -> tuple:
    """A decay inside the unit circle, a drive, and weights for a scalar loss."""
    rng = np.random.default_rng(seed)
    radius, angle = rng.uniform(0.2, 0.9999, STATES), rng.uniform(-np.pi, np.pi, STATES)
    a: np.ndarray = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)]).astype(dtype)
    b: np.ndarray
    weights: np.ndarray
    b, weights = (rng.standard_normal((frames, 2, 2 * STATES)).astype(dtype) for _ in range(2))
    return a, b, weights


def filtered(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The states as SciPy's recursive filter gives them in double precision: a [states], b [frames, ..., states]."""
    each = [lfilter([1.0], [1.0, -pole], b[..., p], axis=0) for p, pole in enumerate(a)]
    return np.stack(each, axis=-1)


def largest_error(a, b, unit: float) -> np.ndarray:
    """The bound above for every state: [frames, ..., states]."""
    radius = np.abs(complexes(a))
    m = filtered(radius, np.abs(complexes(b)))
    return 4 * unit * filtered(radius, m)


def naive_scan(a, b):
    """The same recurrence for JAX to differentiate by itself."""
    return jax.lax.scan(lambda x, b_t: (scan_step(a, x, b_t),) * 2, jnp.zeros_like(b[0]), b)[1]


def loss(of_clip, weights):
    def value(a, b):
        x = of_clip(a, b)
        return jnp.sum(weights * jnp.where(weights > 0, x, jnp.sin(x)))

    return value


def states_of(form, a, b) -> np.ndarray:
    return np.asarray(jax.jit(lambda a, b: scan_clip(a, b, form=form))(a, b))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, pytest.param(np.float64, marks=pytest.mark.long)])
@pytest.mark.parametrize("frames", [1, 61])
def test_every_form_gives_the_states_of_the_textbook_filter(form, dtype, frames):
    a, b, _ = drawn(frames, frames, dtype)
    with float64():
        x = states_of(built(form), a, b)
    assert x.dtype == dtype
    assert x.shape == b.shape
    error = np.abs(complexes(x) - filtered(complexes(a), complexes(b)))
    assert (error <= largest_error(a, b, UNITS[dtype]) + 2 * largest_error(a, b, UNIT)).all()


@pytest.mark.parametrize(
    "form",
    ["sequential", "compiled", *(pytest.param(form, marks=pytest.mark.long) for form in PARALLEL)],
)
def test_no_form_cares_how_clips_are_arranged(form):
    a, b, _ = drawn(9, 33, np.float32)
    flat = states_of(built(form), a, b)
    stacked = states_of(built(form), a, b.reshape(33, 2, 1, 2 * STATES))
    alone = states_of(built(form), a, b[:, 1])
    bound = 2 * largest_error(a, b, 2.0**-24)  # loops over other shapes may round otherwise
    assert (np.abs(complexes(flat) - complexes(stacked[:, :, 0])) <= bound).all()
    assert (np.abs(complexes(flat[:, 1]) - complexes(alone)) <= bound[:, 1]).all()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_steps_give_the_states_of_the_whole_clip(seed):
    a, b, _ = drawn(seed, 7, np.float32)
    whole, x = states_of(None, a, b), jnp.asarray(np.zeros((2, 2 * STATES), np.float32))
    bound = 2 * largest_error(a, b, 2.0**-24)
    for t in range(7):
        x = scan_step(a, x, b[t])
        assert (np.abs(complexes(x) - complexes(whole[t])) <= bound[t]).all()


@pytest.mark.parametrize("form", ONE_OF_EACH)
@pytest.mark.parametrize("frames", [1, pytest.param(130, marks=pytest.mark.long)])
def test_the_derivative_rule_is_the_derivative_of_the_plain_loop(form, frames):
    a, b, weights = drawn(5, frames)
    ruled_loss = loss(lambda a, b: scan_clip(a, b, form=built(form)), weights)
    with float64():
        ruled = jax.jit(jax.grad(ruled_loss, argnums=(0, 1)))(a, b)
        derived = jax.jit(jax.grad(loss(naive_scan, weights), argnums=(0, 1)))(a, b)
    for one, other in zip(ruled, derived, strict=True):
        scale = np.abs(other).max()
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-11 * scale)


@pytest.mark.parametrize("form", ONE_OF_EACH)
def test_the_derivative_rule_is_what_finite_differences_show(form):
    a, b, weights = drawn(6, 8)
    direction = drawn(7, 8)[:2]
    step = 1e-5  # central differences: error ~ step^2 of truncation, unit / step of rounding, both near 1e-10
    both = jax.jit(jax.value_and_grad(loss(lambda a, b: scan_clip(a, b, form=built(form)), weights), (0, 1)))
    with float64():
        moved = [both(a + by * direction[0], b + by * direction[1])[0] for by in (step, -step)]
        gradient = [np.asarray(g) for g in both(a, b)[1]]
    slope = sum(np.sum(g * d) for g, d in zip(gradient, direction, strict=True))
    assert (float(moved[0]) - float(moved[1])) / (2 * step) == pytest.approx(slope, rel=1e-6, abs=1e-6)


LONG = 1_000_000


def slow_states(frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Decays as slow as a trained model may have, and one that barely leaves the circle; a noisy drive, float32."""
    radius, angle = np.array([0.999, 0.99999, 1 - 1e-7, 0.9]), np.array([0.1, 1e-3, 1e-6, 3.0])
    a = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)]).astype(np.float32)
    noise = np.random.default_rng(0).standard_normal((frames, 8)).astype(np.float32)
    return a, noise + np.float32(0.1)  # a mean that is not zero fills the slow states


@pytest.mark.long
@pytest.mark.parametrize("form", ["compiled", "sequential", "chunked", "associative"])
def test_a_million_frames_do_not_drift_from_the_textbook_or_from_steps(form):
    """Two hours and more of frames in float32: the error stays below a bound that itself stops growing."""
    a, b = slow_states(LONG)
    x = states_of(chunked(1024) if form == "chunked" else built(form), a, b)
    bound = largest_error(a, b, 2.0**-24)
    exact = filtered(complexes(a), complexes(b))
    assert (np.abs(complexes(x) - exact) <= bound).all()
    steps = np.asarray(jax.jit(naive_scan)(a, b))
    assert (np.abs(complexes(steps) - complexes(x)) <= 2 * bound).all()
    quick = bound[:, 3]  # where states forget quickly, the bound itself stops growing
    assert quick[-1] < 2 * quick[1000]


def test_the_sum_over_a_long_clip_is_not_lost_in_rounding():
    """dL/da sums a million products; added one by one in float32 it would stall far from its value."""
    rows = np.full((LONG, 2), 0.1, np.float32)
    total = np.asarray(scan.sum_of_blocks(jnp.asarray(rows)))
    np.testing.assert_allclose(total, LONG * np.float64(np.float32(0.1)), rtol=1e-5)
    naive = np.add.accumulate(rows[:, 0])[-1]
    assert abs(naive - total[0]) > 10 * abs(total[0] - LONG * 0.1), "the test shows nothing"


def test_the_quickest_form_is_the_compiled_one_on_a_cpu_where_it_is_built():
    if not compiled_library.available():
        pytest.skip("the compiled form was not built here")
    text = jax.jit(scan_clip).lower(*drawn(0, 40, np.float32)[:2]).as_text()
    assert "linnet_scan_forward" in text
    assert "while" not in text


def test_without_the_library_a_cpu_takes_the_sequential_form(monkeypatch):
    monkeypatch.setattr(compiled_library, "available", lambda: False)
    a, b, _ = drawn(0, 40, np.float32)
    assert "linnet_scan_forward" not in jax.jit(lambda a, b: scan_clip(a, b)).lower(a, b).as_text()
    assert np.array_equal(states_of(quickest(a, b), a, b), states_of(sequential, a, b))


def test_a_library_that_jax_refuses_is_said_and_not_used(monkeypatch, tmp_path):
    broken = tmp_path / "liblinnet_training.so"
    broken.write_bytes(b"no library")
    monkeypatch.setattr(compiled_library, "LIBRARY", broken)
    compiled_library.available.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match="was built but JAX .* does not take it"):
            assert not compiled_library.available()
    finally:
        compiled_library.available.cache_clear()


def test_the_compiled_form_refuses_arrays_that_do_not_belong_together():
    if not compiled_library.available():
        pytest.skip("the compiled form was not built here")
    a, b, _ = drawn(0, 4, np.float32)
    with pytest.raises(Exception, match="linnet_scan_forward takes a"):
        jax.block_until_ready(jax.jit(compiled_library.forward)(a[:-1], b))


@pytest.mark.parametrize("shape", [(0, 2, 2 * STATES), (3, 0, 2 * STATES)])
def test_no_frames_or_no_clips_have_no_states(shape):
    a = drawn(0, 1, np.float32)[0]
    found, pull = jax.vjp(scan_clip, jnp.asarray(a), jnp.zeros(shape, jnp.float32))
    assert found.shape == shape
    assert not np.asarray(pull(found)[0]).any()


def test_a_type_that_the_library_does_not_know_takes_another_form():
    a, b, _ = drawn(0, 20, np.float32)
    x = scan_clip(jnp.asarray(a, jnp.bfloat16), jnp.asarray(b, jnp.bfloat16))
    assert x.dtype == jnp.bfloat16


def test_an_interface_of_another_major_version_is_said_and_not_used(monkeypatch, tmp_path):
    header = tmp_path / "xla" / "ffi" / "api" / "c_api.h"
    header.parent.mkdir(parents=True)
    header.write_text("#define XLA_FFI_API_MAJOR 1\n#define XLA_FFI_API_MINOR 0\n")
    monkeypatch.setattr(jax.ffi, "include_dir", lambda: str(tmp_path))
    compiled_library.available.cache_clear()
    try:
        if not compiled_library.LIBRARY.exists():
            pytest.skip("the library was not built here")
        with pytest.warns(RuntimeWarning, match="major version 1, this library knows 0"):
            assert not compiled_library.available()
    finally:
        compiled_library.available.cache_clear()


def test_a_library_that_is_named_and_missing_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("LINNET_TRAINING_LIBRARY", str(tmp_path / "none.so"))
    monkeypatch.setattr(compiled_library, "LIBRARY", tmp_path / "none.so")
    compiled_library.available.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match="LINNET_TRAINING_LIBRARY names .* which is not there"):
            assert not compiled_library.available()
    finally:
        compiled_library.available.cache_clear()


def test_a_chunk_without_frames_is_refused():
    with pytest.raises(ValueError, match="chunk=0 holds no frame"):
        chunked(0)


def test_parting_undoes_joining_and_conjugation_negates_what_is_imaginary():
    x = jnp.array([0.0, 1, 2, 10, 11, 12])
    re, im = parted(x)
    assert np.array_equal(re, [0, 1, 2])
    assert np.array_equal(joined(re, im), x)
    assert np.array_equal(conjugate(x), [0, 1, 2, -10, -11, -12])
