"""Shares of matrices: what is kept in all is what was asked for, whichever rule shares it out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("jax")

from linnet.sparsity.distribution import DISTRIBUTIONS, erdos_renyi_kernel, uniform

shapes = st.dictionaries(
    st.text("abc", min_size=1), st.tuples(st.integers(1, 300), st.integers(1, 300)), min_size=1, max_size=8
)
densities = st.floats(0.01, 1.0)


def kept(found: dict[str, float], given_shapes: dict[str, tuple[int, ...]]) -> float:
    return sum(found[name] * math.prod(shape) for name, shape in given_shapes.items())


@pytest.mark.parametrize("rule", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
@given(given_shapes=shapes, density=densities)
def test_the_whole_has_the_density_asked_for_and_no_matrix_more_than_all(rule, given_shapes, density):
    found = rule(given_shapes, density)
    size = sum(map(math.prod, given_shapes.values()))
    assert kept(found, given_shapes) == pytest.approx(density * size, rel=1e-9)
    assert all(0 < each <= 1 for each in found.values())


@given(given_shapes=shapes, density=densities)
def test_whole_numbers_of_weights_miss_the_whole_by_half_a_weight_per_matrix_at_most(given_shapes, density):
    found = erdos_renyi_kernel(given_shapes, density)
    counts = [round(found[name] * math.prod(shape)) for name, shape in given_shapes.items()]
    size = sum(map(math.prod, given_shapes.values()))
    assert abs(sum(counts) - density * size) <= len(counts) / 2 + 1e-6


@given(given_shapes=shapes, density=densities)
def test_what_a_matrix_keeps_grows_with_the_sum_of_its_dimensions_unless_it_is_whole(given_shapes, density):
    found = erdos_renyi_kernel(given_shapes, density)
    factors = [found[n] * math.prod(shape) / sum(shape) for n, shape in given_shapes.items() if found[n] < 1]
    assert all(factor == pytest.approx(factors[0], rel=1e-9) for factor in factors)
    for name, shape in given_shapes.items():
        if found[name] == 1 and factors:  # it would need more than all of its weights, or just all
            assert factors[0] * sum(shape) >= math.prod(shape) * (1 - 1e-9)


def test_a_matrix_too_small_for_its_share_is_whole_and_the_others_share_the_rest():
    found = erdos_renyi_kernel({"small": (2, 2), "large": (100, 100), "wide": (50, 200)}, 0.1)
    assert found["small"] == 1.0
    left = 0.1 * 20004 - 4
    assert found["large"] * 10000 == pytest.approx(left * 200 / 450)
    assert found["wide"] * 10000 == pytest.approx(left * 250 / 450)


def test_uniform_is_the_same_everywhere():
    assert uniform({"a": (2, 3), "b": (7, 1)}, 0.3) == {"a": 0.3, "b": 0.3}
