"""What one look at a batch teaches: in parts, by any form of the recurrence, in other products. Moves: test_loop.py."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax

from linnet.nn import compiled, gated_scan, scan
from linnet.tasks.denoise.mixtures import Batch
from linnet.train import step
from linnet.train.distributed import AXIS, CUT, WHOLE, Devices
from linnet.train.recipe import ComputationSettings, RecipeError
from linnet.train.step import bfloat16_matrices, initial_state, learn_in_parts
from tests.train.small import SMALL, small_recipe

RNG = np.random.default_rng(0)
CLEAN = (0.1 * np.sin(np.arange(1600) * RNG.uniform(0.05, 0.5, (2, 1)))).astype(np.float32)
NOISY = (CLEAN + 0.05 * RNG.standard_normal((2, 1600))).astype(np.float32)
BATCH = Batch(NOISY, CLEAN)


def learned(text: str, batch=BATCH):
    """What a recipe learns from the clips before its first update."""
    recipe = small_recipe(text)
    one = Devices.all().split(lambda model, batch: learn_in_parts(recipe, model, batch), (WHOLE, CUT), WHOLE)
    return jax.tree.map(np.asarray, jax.jit(one)(initial_state(recipe).model, batch))


@pytest.mark.long
def test_parts_learn_the_mean_of_what_each_learns_alone():
    in_parts = learned(SMALL + "[computation]\nparts = 2\n")
    alone = [learned(SMALL, Batch(NOISY[i : i + 1], CLEAN[i : i + 1])) for i in (0, 1)]
    for whole, one, other in zip(*map(jax.tree.leaves, (in_parts, *alone)), strict=True):
        np.testing.assert_allclose(whole, (one + other) / 2, rtol=0, atol=1e-3 * np.abs(one).max() + 1e-6)


@pytest.mark.long
@pytest.mark.parametrize("form", ["compiled", "sequential", "associative", "chunked"])
def test_every_form_of_the_recurrence_learns_the_same(form):
    if form == "compiled" and not compiled.available():
        pytest.skip("the compiled form was not built here")
    chosen, quickest = learned(SMALL + f"[computation]\nrecurrence = '{form}'\nchunk = 8\n"), learned(SMALL)
    for one, other in zip(jax.tree.leaves(chosen), jax.tree.leaves(quickest), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-3 * np.abs(other).max() + 1e-6)


def test_products_in_bfloat16_round_matrices_and_nothing_else():
    assert bfloat16_matrices("layers.0.ssm.B", jax.numpy.ones((2, 2))).dtype == jax.numpy.bfloat16
    assert bfloat16_matrices("layers.0.ssm.D", jax.numpy.ones(2)).dtype == np.float32
    assert bfloat16_matrices("layers.0.ssm.state", jax.numpy.ones((2, 2))).dtype == np.float32


@pytest.mark.long
def test_products_in_bfloat16_learn_nearly_the_same():
    rounded, exact = learned(SMALL + "[computation]\nproducts = 'bfloat16'\n"), learned(SMALL)
    assert rounded.loss != exact.loss
    assert abs(rounded.loss - exact.loss) < 0.1  # dB
    ours, theirs = (
        np.concatenate([leaf.ravel() for leaf in jax.tree.leaves(x.gradient)]) for x in (rounded, exact)
    )
    cosine = ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs)
    assert cosine > 0.99


def test_the_devices_share_one_axis():
    assert Devices.all().mesh.axis_names == (AXIS,)


def test_a_compiled_recurrence_without_its_library_is_refused(monkeypatch):
    monkeypatch.setattr(step, "available", lambda: False)
    with pytest.raises(RecipeError, match="recurrence = 'compiled' runs on CPUs where its library was built"):
        step.form_of(ComputationSettings(recurrence="compiled"), "s5")


def test_a_gated_model_takes_the_forms_that_it_has():
    assert step.form_of(ComputationSettings(), "gated") is None
    assert step.form_of(ComputationSettings(recurrence="associative"), "gated") is gated_scan.associative
    assert step.form_of(ComputationSettings(recurrence="associative"), "s5") is scan.associative
    with pytest.raises(RecipeError, match="'chunked' needs decays that do not change"):
        step.form_of(ComputationSettings(recurrence="chunked"), "gated")


@pytest.mark.long
@pytest.mark.parametrize("form", ["compiled", "sequential"])
def test_every_form_of_the_gated_recurrence_learns_the_same(form):
    if form == "compiled" and not compiled.available():
        pytest.skip("the compiled form was not built here")
    gated = SMALL.replace("[model]", "[model]\nrecurrence = 'gated'")
    assert gated != SMALL
    chosen = learned(gated + f"[computation]\nrecurrence = '{form}'\n")
    other = learned(gated + "[computation]\nrecurrence = 'associative'\n")
    for one, two in zip(jax.tree.leaves(chosen), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-3 * np.abs(two).max() + 1e-6)
