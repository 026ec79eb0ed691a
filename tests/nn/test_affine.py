"""The affine map's derivative rule in all its forms, against NumPy in double precision and JAX's own rule.

Bound on rounding: a sum of n products errs by at most n u sum |g| |x| in any order (Higham, "Accuracy and Stability of
Numerical Algorithms", section 3.1).
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
from collections.abc import Callable

import jax
import jax.numpy as jnp

from linnet.nn import compiled
from linnet.nn.affine import affine, by_weights, plain_by_weights, product
from tests.compilations import compiled_text
from tests.nn.precision import float64

UNIT = 2.0**-24
needs_library = pytest.mark.skipif(not compiled.available(), reason="the library was not built here")


def drawn(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def within_bound(found, x: np.ndarray, g: np.ndarray) -> bool:
    x, g = x.reshape(-1, x.shape[-1]).astype(np.float64), g.reshape(-1, g.shape[-1]).astype(np.float64)
    by_weight, by_bias = np.abs(found[0] - g.T @ x), np.abs(found[1] - g.sum(axis=0))
    unit = len(x) * UNIT
    return bool(
        (by_weight <= unit * (np.abs(g).T @ np.abs(x))).all()
        and (by_bias <= unit * np.abs(g).sum(axis=0)).all()
    )


def sums(x, g):
    return by_weights(x, g, jnp.dtype(jnp.float32))


def plain_sums(x, g):
    return plain_by_weights(x, g, jnp.dtype(jnp.float32))


@pytest.mark.long
@pytest.mark.parametrize("form", [sums, plain_sums])
@settings(max_examples=12, deadline=None)
@given(rows=st.integers(1, 200), width=st.integers(1, 70), height=st.integers(1, 70))
def test_sums_over_rows_are_those_of_double_precision(form, rows, width, height):
    x, g = drawn(rows, rows, width), drawn(rows + 1, rows, height)
    assert within_bound(form(jnp.asarray(x), jnp.asarray(g)), x, g)


def test_the_sizes_of_a_model_are_summed_within_the_bound():
    x, g = drawn(0, 503, 4, 257), drawn(1, 503, 4, 96)
    assert within_bound(jax.jit(sums)(x, g), x, g)
    assert within_bound(jax.jit(sums)(g, x), g, x)


@pytest.mark.parametrize("leading", [(), (1,), (70, 3)])
def test_the_derivative_rule_is_that_of_jax(leading):
    x, weight, bias, g = drawn(0, *leading, 5), drawn(1, 7, 5), drawn(2, 7), drawn(3, *leading, 7)
    rules: dict[Callable[..., jax.Array], tuple[Callable[..., jax.Array], tuple[np.ndarray, ...]]] = {
        affine: (lambda x, w, b: x @ w.T + b, (x, weight, bias)),
        product: (lambda x, w: x @ w.T, (x, weight)),
    }
    with float64():
        for ours, (plain, operands) in rules.items():
            exact = [np.float64(each) for each in operands]
            found, expected = (jax.vjp(f, *exact) for f in (ours, plain))
            assert np.array_equal(found[0], expected[0])
            for one, other in zip(found[1](np.float64(g)), expected[1](np.float64(g)), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    by_single = jax.jit(lambda *operands: jax.vjp(affine, *operands)[1](jnp.asarray(g)))(x, weight, bias)
    assert within_bound(by_single[1:], x, g)


@needs_library
def test_on_a_cpu_both_sums_are_one_compiled_call():
    x, weight, bias = drawn(0, 9, 5), drawn(1, 7, 5), drawn(2, 7)
    value = jax.grad(lambda w, b: jnp.sum(affine(x, w, b) ** 2), argnums=(0, 1))
    text = compiled_text(value, weight, bias)
    assert text.count('custom_call_target="linnet_by_weights"') == 1


@needs_library
def test_a_thousand_rows_more_of_zeros_change_no_bit():
    """The order of the sum is that of the rows, whatever the number of tasks and blocks."""
    x, g = drawn(0, 130, 49), drawn(1, 130, 33)
    padded = [np.concatenate([each, np.zeros((1000, each.shape[1]), np.float32)]) for each in (x, g)]
    for one, other in zip(jax.jit(sums)(x, g), jax.jit(sums)(*padded), strict=True):
        assert np.array_equal(one, other)


def test_without_the_library_the_sums_are_plain(monkeypatch):
    monkeypatch.setattr(compiled, "available", lambda: False)
    text = jax.jit(sums).lower(drawn(0, 9, 5), drawn(1, 9, 7)).as_text()
    assert "linnet_" not in text


@needs_library
def test_arrays_that_do_not_belong_together_are_refused():
    with pytest.raises(Exception, match="linnet_by_weights takes x"):
        jax.block_until_ready(jax.jit(compiled.by_weights)(drawn(0, 9, 5), drawn(1, 8, 7)))
