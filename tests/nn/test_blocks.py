"""Products of near rows against the whole matrix, and their derivatives against those of JAX."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn.bands import BandLayout, banded_pattern, decoder_places, encoder_places
from linnet.nn.blocks import block_affine, pattern_of

LAYOUT = BandLayout(bands=4, channels=3, bins=17, phase_bins=4)


def pattern_and_places(name: str, rng: np.random.Generator):
    if name == "random":
        places = rng.random((11, 9)) < 0.3
        places[4] = False  # a row without any weight
        return pattern_of(places, 3), places
    decodes = name == "decoder"
    parts = (decoder_places if decodes else encoder_places)(LAYOUT)
    places = np.zeros((21, 13) if decodes else (12, 26), bool)
    for rows, columns in parts:
        places[rows[:, None], columns] = True
    return banded_pattern(LAYOUT, decodes=decodes), places[:, : 12 if decodes else 25]


@pytest.mark.long
@pytest.mark.parametrize("name", ["encoder", "decoder", "random"])
def test_blocks_give_the_product_and_every_derivative_of_the_whole_matrix(name):
    rng = np.random.default_rng(0)
    pattern, places = pattern_and_places(name, rng)
    weight = jnp.asarray(rng.standard_normal(places.shape) * places, jnp.float32)
    bias = jnp.asarray(rng.standard_normal(places.shape[0]), jnp.float32)
    x = jnp.asarray(rng.standard_normal((6, 2, places.shape[1])), jnp.float32)
    g = jnp.asarray(rng.standard_normal((6, 2, places.shape[0])), jnp.float32)

    def with_derivatives(function):
        def both(*given):
            y, pull = jax.vjp(function, *given)
            return y, pull(g)

        return jax.jit(both)(x, weight, bias)

    y, blocks = with_derivatives(lambda *given: block_affine(*given, pattern))
    whole, (of_x, of_weight, of_bias) = with_derivatives(lambda x, weight, bias: x @ weight.T + bias)
    np.testing.assert_allclose(y, whole, rtol=0, atol=1e-5)
    for got, expected in zip(blocks, (of_x, of_weight * places, of_bias), strict=True):
        np.testing.assert_allclose(
            got * places if got.shape == places.shape else got, expected, rtol=0, atol=1e-5
        )


def test_a_usual_layout_is_multiplied_by_less_than_a_third_of_its_whole_matrices():
    layout = BandLayout(bands=32, channels=12, bins=257, phase_bins=64)

    def numbers(runs) -> int:
        return sum(stop - start for start, stop in runs)

    for decodes, whole in ((False, 384 * 385), (True, 321 * 384)):
        pattern = banded_pattern(layout, decodes=decodes)
        assert sum(numbers(b.rows) for b in pattern.forward) == (321 if decodes else 384)
        for blocks in pattern:
            assert 3 * sum(numbers(b.rows) * numbers(b.columns) for b in blocks) < whole * 1.02
