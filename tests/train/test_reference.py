"""The published form of S5 is the same function as ours, so their times can be compared."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax

from linnet.life.training_speed import contenders, contenders_of
from linnet.nn.bands import BandLayout
from linnet.nn.network import Network
from linnet.train.benchmark import ASSOCIATIVE, FORWARD, IN_PARTS, OURS, PUBLISHED, matrix_sizes
from linnet.train.recipe import RecipeError
from linnet.train.reference import AssociativeS5, PublishedS5, as_reference
from tests.nn.precision import float64, widened


@pytest.mark.long
@pytest.mark.parametrize("kind", [PublishedS5, AssociativeS5])
def test_both_references_have_our_values_and_our_gradient(kind):
    features = np.abs(np.random.default_rng(0).standard_normal((9, 2, 17)))

    def loss(model):
        gains, _ = model.apply_normalised(features)
        return (gains**2).sum()

    with float64():
        model = widened(Network.create(1, features=17, outputs=17, width=1 / 16, layers=2))
        ours = jax.jit(jax.value_and_grad(loss))(model)
        theirs = jax.jit(jax.value_and_grad(loss))(as_reference(model, kind))
        for one, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9 * np.abs(one).max())


@pytest.mark.long
def test_every_contender_runs_again_and_again_and_says_what_it_needs():
    found = contenders(1 / 16, batch=2, seconds=0.1)
    assert [each.name for each in found] == [OURS, ASSOCIATIVE, PUBLISHED, FORWARD]
    for each in found:
        each.run()
        each.run()
    scratch = {each.name: each.scratch_bytes for each in found}
    assert 0 < scratch[FORWARD] < scratch[OURS] < scratch[PUBLISHED]


@pytest.mark.long
def test_a_gated_recipe_is_timed_against_itself_in_parts(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(
        'name = "small"\n[model]\nwidth = 0.0625\nlayers = 3\nbands = 4\nrecurrence = "gated"\n'
        "[front_end]\nwindow = 64\nhop = 32\n[mixtures]\nbatch = 2\nclip_seconds = 0.1\n"
    )
    found, batch, seconds = contenders_of(path)
    assert (batch, seconds) == (2, 0.1)
    assert [each.name for each in found] == [OURS, IN_PARTS, ASSOCIATIVE, FORWARD]
    for each in found:
        each.run()


def test_a_matrix_of_all_bands_multiplies_for_each():
    layout = BandLayout(bands=4, channels=3, bins=17)
    encoder, *others = matrix_sizes(Network.with_bands(0, layout, width=1 / 16, layers=3))
    assert encoder == 6 * 4 + 3 * 12 + 3 * 13
    assert others[:4] == [4 * 3 * 3] * 4  # V, G, C and that of the gate


def test_only_recipes_for_denoisers_are_timed(tmp_path):
    path = tmp_path / "words.toml"
    path.write_text('name = "digits"\ntask = "pixels"\n')
    with pytest.raises(RecipeError, match="'pixels', and sound is generated for denoisers alone; name"):
        contenders_of(path)
