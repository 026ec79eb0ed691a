"""What an observer says of a wire."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.quant.observers import Observer, largest, least_squares, observer_of, percentile
from linnet.quant.scheme import SCHEMES, W8A8, W8A16, largest_exponent, to_codes

VALUES = np.random.default_rng(0).standard_normal((50, 4, 3)).astype(np.float32)


def sizes(observer: Observer, *batches: np.ndarray, name: str = "encoded") -> np.ndarray:
    look = jax.jit(observer.look)  # as calibration does
    first, *more = (np.asarray(look(jnp.asarray(values)), np.float64) for values in batches)
    for each in more:
        first = observer.both(first, each)
    return observer.sizes(name, first)


def test_the_largest_is_of_absolute_values_per_feature():
    assert np.array_equal(sizes(largest, VALUES), np.abs(VALUES).max((0, 1)))


def test_a_percentile_is_of_absolute_values_per_feature():
    expected = np.percentile(np.abs(VALUES).reshape(-1, 3), 90, axis=0)
    np.testing.assert_allclose(sizes(percentile(90), VALUES), expected, rtol=1e-6)


def test_all_of_it_is_the_largest():
    assert np.array_equal(sizes(percentile(100), VALUES), sizes(largest, VALUES))


@pytest.mark.parametrize("percent", [0, -1, 100.1])
def test_what_is_no_percentage_is_refused(percent):
    with pytest.raises(ValueError, match=r"outside \(0, 100\]"):
        percentile(percent)


@pytest.mark.parametrize("observer", [largest, percentile(99)], ids=["largest", "percentile"])
def test_of_several_batches_the_largest_counts(observer):
    alone = [sizes(observer, scale * VALUES) for scale in (1.0, 3.0)]
    assert np.array_equal(sizes(observer, VALUES, 3.0 * VALUES), np.maximum(*alone))


def true_error(values: np.ndarray, exponent: int, bits: int) -> float:
    codes = to_codes(values, exponent, bits) * 2.0**-exponent
    return float(((values - codes) ** 2).sum())


@pytest.mark.parametrize("seed", range(4))
def test_least_squares_finds_the_exponent_with_the_least_error_of_all_batches(seed):
    rng = np.random.default_rng(seed)
    batches = [np.abs(rng.standard_t(3, (200, 4, 3))).astype(np.float32) for _ in range(3)]
    batches[1][:, :, 0] = 0.0  # as a ReLU leaves them
    size = sizes(least_squares(W8A8), *batches)
    assert np.ptp(size) == 0, "the features of a wire share an exponent"
    found = int(largest_exponent(size, 8)[0])
    together = np.concatenate(batches).astype(np.float64)
    errors = {exponent: true_error(together, exponent, 8) for exponent in range(-20, 12)}
    assert errors[found] <= 1.02 * min(errors.values())  # rounding between the ends is taken as uniform


def test_with_eight_bits_a_lone_large_value_is_saturated_where_that_pays():
    values = np.clip(np.random.default_rng(1).standard_normal((800, 4, 3)), -3.9, 3.9).astype(np.float32)
    values[0, 0, 0] = 4.5
    assert sizes(least_squares(W8A8), values)[0] == 127 / 32


def test_with_sixteen_bits_hardly_anything_is_worth_saturating():
    size = sizes(least_squares(W8A16), VALUES)
    assert largest_exponent(size, 16)[0] == largest_exponent(np.abs(VALUES).max(), 16)


def test_every_state_is_measured_by_itself_with_both_its_parts():
    parts = np.array([1.0, 1e-3, 0.5, 1e-5])  # re and im of a fast state, and of a slow one, in that order
    values = (parts[[0, 1, 2, 3]] * np.ones((30, 2, 1))).astype(np.float32)
    size = sizes(least_squares(W8A8), values, name="layers.0.ssm.state")
    assert size[0] == size[2] >= 1.0
    assert size[1] == size[3] < 2e-3


def test_a_wire_without_a_sound_has_no_size():
    assert not sizes(least_squares(W8A8), np.zeros((5, 2, 4), np.float32), name="ssm.state").any()


def test_what_is_not_finite_gives_no_finite_size():
    broken = VALUES.copy()
    broken[3, 1, 2] = np.inf
    assert not np.isfinite(sizes(least_squares(W8A8), broken)).any()


def test_wires_of_sixteen_bits_hold_the_largest_and_those_of_eight_have_the_least_squared_error():
    for scheme in SCHEMES.values():
        expected = least_squares(scheme) if scheme.activation_bits == 8 else largest
        assert observer_of(scheme).look is expected.look
