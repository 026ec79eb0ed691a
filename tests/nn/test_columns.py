"""Sums over frames and clips, plain and compiled, against NumPy in double precision; derivative rules against JAX's.

Bound on rounding: a sum of n products errs by at most n u sum |x| |y| in any order (Higham, "Accuracy and Stability of
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
from linnet.nn.columns import mean_and_square, plain_sums, scaled, sums
from tests.compilations import compiled_text
from tests.nn.precision import float64

UNIT = 2.0**-24
needs_library = pytest.mark.skipif(not compiled.available(), reason="the library was not built here")


def drawn(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def within_bound(found, x: np.ndarray, y: np.ndarray) -> bool:
    x, y = (each.reshape(-1, each.shape[-1]).astype(np.float64) for each in (x, y))
    errors = np.abs(found[0] - x.sum(axis=0)), np.abs(found[1] - (x * y).sum(axis=0))
    sizes = np.abs(x).sum(axis=0), np.abs(x * y).sum(axis=0)
    return all((error <= len(x) * UNIT * size).all() for error, size in zip(errors, sizes, strict=True))


@pytest.mark.long
@pytest.mark.parametrize("form", [sums, plain_sums])
@settings(max_examples=12, deadline=None)
@given(rows=st.integers(1, 200), columns=st.integers(1, 300))
def test_sums_over_rows_are_those_of_double_precision(form, rows, columns):
    x, y = drawn(rows, rows, columns), drawn(rows + 1, rows, columns)
    assert within_bound(form(jnp.asarray(x), jnp.asarray(y)), x, y)
    assert within_bound(form(jnp.asarray(x), jnp.asarray(x)), x, x)


def test_many_frames_of_many_clips_are_summed_within_the_bound():
    x, y = drawn(0, 503, 8, 257), drawn(1, 503, 8, 257)
    assert within_bound(jax.jit(sums)(x, y), x, y)


@pytest.mark.parametrize("leading", [(1,), (70, 3)])
def test_the_derivative_rules_are_those_of_jax(leading):
    x, factor, addend = drawn(0, *leading, 5), drawn(1, 5), drawn(2, 5)
    over = tuple(range(len(leading)))
    rules: dict[Callable[..., jax.Array], tuple[Callable[..., jax.Array], tuple[np.ndarray, ...]]] = {
        mean_and_square: (lambda x: jnp.stack([x.mean(over), (x * x).mean(over)]), (x,)),
        scaled: (lambda x, factor, addend: factor * x + addend, (x, factor, addend)),
    }
    with float64():
        for ours, (plain, operands) in rules.items():
            exact = [np.float64(each) for each in operands]
            (value, pull), (expected, pull_expected) = (jax.vjp(f, *exact) for f in (ours, plain))
            np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12)
            g = np.float64(drawn(3, *value.shape))
            for one, other in zip(pull(g), pull_expected(g), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@needs_library
def test_a_model_s_moments_are_one_compiled_call_and_no_product_is_stored():
    text = compiled_text(mean_and_square, drawn(0, 9, 3, 5))
    assert text.count('custom_call_target="linnet_column_sums"') == 1
    assert "f32[9,3,5]{2,1,0} multiply" not in text


@needs_library
def test_the_same_columns_give_the_same_bits_beside_others():
    x, y = drawn(0, 900, 300), drawn(1, 900, 300)
    both = jax.jit(sums)(x, y)
    some = jax.jit(sums)(x[:, :64], y[:, :64])
    assert all(np.array_equal(one[:64], other) for one, other in zip(both, some, strict=True))


def test_without_the_library_the_sums_are_plain(monkeypatch):
    monkeypatch.setattr(compiled, "available", lambda: False)
    assert "linnet_" not in jax.jit(sums).lower(drawn(0, 9, 5), drawn(1, 9, 5)).as_text()


@needs_library
def test_arrays_that_do_not_belong_together_are_refused():
    with pytest.raises(Exception, match="linnet_column_sums takes x and y"):
        jax.block_until_ready(jax.jit(compiled.column_sums)(drawn(0, 9, 5), drawn(1, 8, 5)))
