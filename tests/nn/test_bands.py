"""Bands: where their weights stand, whole clips against steps, norms folded in, and what no layout allows."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn.bands import NOWHERE, Banded, BandLayout, decoder_places, encoder_places
from linnet.nn.gated import Gated
from linnet.nn.network import Network
from tests.kinds import as_a

LAYOUT = BandLayout(bands=4, channels=3, bins=17, phase_bins=4)
USUAL = BandLayout(bands=32, channels=12, bins=257, phase_bins=64)


def created(seed: int = 0) -> Network:
    return Network.with_bands(seed, LAYOUT, width=1 / 16, layers=3)


def heard(frames: int = 9, clips: int = 2) -> jax.Array:
    return jnp.asarray(np.random.default_rng(1).standard_normal((frames, clips, 25)), jnp.float32)


def test_half_of_the_bands_share_the_lowest_quarter_of_the_bins():
    assert [tuple(each) for each in USUAL.stretches()] == [(0, 16, 0, 4), (16, 15, 64, 12), (31, 1, 244, 13)]


@pytest.mark.parametrize("layout", [LAYOUT, USUAL], ids=["small", "usual"])
def test_every_channel_and_every_gain_has_one_row_and_no_column_twice(layout):
    for places, rows in (
        (encoder_places(layout), layout.width),
        (decoder_places(layout), layout.bins + layout.phase_bins),
    ):
        assert sorted(np.concatenate([part.rows for part in places])) == list(range(rows))
        for part in places:
            for columns in part.columns:
                real = columns[columns != NOWHERE]
                assert len(set(real)) == len(real) > 0


def test_a_band_reads_its_own_bins_and_half_as_many_on_each_side():
    lowest, upper, _ = encoder_places(USUAL)
    assert lowest.columns[12].tolist()[:8] == list(range(2, 10))  # the second band of four bins
    assert lowest.columns[12].tolist()[8:16] == [257 + bin for bin in range(2, 10)]  # cosines
    assert upper.columns[0].tolist() == list(range(58, 82))  # of twelve, without phases


def test_a_gain_is_answered_from_its_band_and_the_two_beside_it():
    lowest = decoder_places(USUAL)[0]
    row = lowest.rows.tolist().index(5)  # of the second band
    assert lowest.columns[row].tolist() == list(range(36))
    assert 257 + 5 in lowest.rows  # its turn


def test_the_assembled_matrix_is_the_map_and_the_folded_one_that_of_a_norm():
    encoder = Banded.create(np.random.default_rng(0), LAYOUT, decodes=False)
    multiplier, addend = (jnp.asarray(v, jnp.float32) for v in np.random.default_rng(2).random((2, 25)))
    x = heard()

    @jax.jit
    def found(encoder: Banded) -> tuple[jax.Array, ...]:
        whole = encoder.assembled([part.weight for part in encoder.parts])
        folded = encoder.folded(multiplier, addend)
        return encoder(x), x @ whole.T, encoder(multiplier * x + addend), folded(x)

    of_map, of_matrix, of_normalised, of_folded = found(encoder)
    np.testing.assert_allclose(of_map, of_matrix, atol=1e-5)
    np.testing.assert_allclose(of_folded, of_normalised, atol=1e-5)


@pytest.mark.long
def test_frame_by_frame_is_the_whole_clip():
    whole = created()
    model = jax.jit(lambda m: m.fold(m.initial_statistics()))(whole)
    one_step = jax.jit(lambda state, frame: model.step(state, frame))
    clip, steps = jax.jit(lambda m, f: m.apply(f))(model, heard()), []
    state = tuple(jnp.asarray(np.stack([x, x])) for x in model.initial_state())
    for frame in heard():
        state, gain = one_step(state, frame)
        steps.append(gain)
    np.testing.assert_allclose(np.stack(steps), clip, atol=1e-5)


@pytest.mark.long
def test_normalising_by_the_batch_is_folding_what_the_batch_says():
    model = created()
    gains, statistics = jax.jit(lambda m, f: m.apply_normalised(f))(model, heard())
    again = jax.jit(lambda m, s, f: m.fold(s).apply(f))(model, statistics, heard())
    np.testing.assert_allclose(again, gains, atol=1e-5)


def test_all_bands_go_through_one_set_of_weights():
    model = created()
    gated = [as_a(Gated, layer.ssm) for layer in model.layers]
    assert gated[0].V.shape == gated[2].V.shape == (3, 3)
    layer = model.layers[0].fold(model.initial_statistics().layers[0], model.activations)
    u = heard()[..., :12]
    turned = jnp.roll(u, 3, axis=-1)  # every band's channels to the next band
    np.testing.assert_allclose(layer.apply(turned), jnp.roll(layer.apply(u), 3, axis=-1), atol=1e-6)


@pytest.mark.long
def test_the_gradient_reaches_every_weight_that_is_read():
    gradient = jax.jit(jax.grad(lambda m: jnp.sum(m.apply_normalised(heard())[0] ** 2)))(created())
    for places, part in zip(encoder_places(LAYOUT), gradient.encoder.parts, strict=True):
        assert np.array_equal(np.asarray(part.weight) != 0, places.columns != NOWHERE)
    up = np.asarray(gradient.squeeze.up.weight)
    assert np.mean(np.any(up != 0, axis=1)) > 0.75  # a feature may be below 0 throughout


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"bands": 2}, "bands=2 are too few"),
        ({"bands": 5}, "bands=5"),
        ({"bands": 12}, "bands=12"),
        ({"channels": 0}, "band_channels=0"),
    ],
)
def test_bands_that_do_not_divide_the_bins_are_refused(given, wrong):
    with pytest.raises(ValueError, match=wrong):
        BandLayout(**{"bands": 4, "channels": 3, "bins": 17} | given)


def test_bands_need_a_layer_between_the_first_and_the_last():
    with pytest.raises(ValueError, match="layers=2"):
        Network.with_bands(0, LAYOUT, width=1 / 16, layers=2)
