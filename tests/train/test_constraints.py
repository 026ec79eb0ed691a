"""When a recipe's masks, roundings and rectified wires act, and that no model counts as best before all of them do."""

from functools import partial

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn.activations import Activations
from linnet.tasks.denoise.mixtures import Batch
from linnet.train import step
from linnet.train.constraints import initial_constraints, octave, settled, stage_at
from linnet.train.distributed import CUT, WHOLE, Devices
from linnet.train.imposed import PenaltySettings
from linnet.train.penalty import Penalty, hoyer_square, l1
from linnet.train.recipe import RecipeError
from tests.compilations import counted
from tests.train.small import SMALL, small_recipe

SPARSE = "[sparsity]\ndensity = 0.2\nend = 0.5\nevery = 4\n"


@pytest.mark.parametrize("tables", ["", SPARSE, SPARSE + '[quantization]\nscheme = "W8A16"\nstart = 0.75\n'])
def test_the_first_constraints_are_known_without_compiling_the_model(tables):
    recipe = small_recipe(SMALL + tables)
    model = recipe.model.create(0, recipe.task)
    with counted() as compiled:
        given = initial_constraints(recipe, model)
    assert compiled == [0]
    assert bool(given.masks) == bool(given.mean_square) == bool(tables)
    assert all(np.all(each) for part in given for each in part.values())


@pytest.mark.parametrize(
    ("tables", "first"),
    [
        ("", 1),
        (SPARSE, 9),  # the end is after 7 of 14 updates, the last choice of masks after 8
        (
            '[quantization]\nscheme = "W8A16"\nstart = 0.75\n',
            12,
        ),  # 10.5 updates: the twelfth is the first beyond
        (
            "[relufication]\nstate = 0.5\noutput = 1.0\n",
            8,
        ),  # an output that is never rectified is waited for by none
        (SPARSE + '[quantization]\nscheme = "W8A16"\nstart = 0.75\n', 12),
    ],
)
def test_a_model_counts_as_best_only_after_an_update_under_all_it_is_deployed_with(tables, first):
    recipe = small_recipe(SMALL + tables)
    assert settled(recipe) == first
    last = stage_at(recipe, recipe.training.updates)
    assert stage_at(recipe, first - 1) == last  # the stage in which update number `first`, from 1, is made
    if first > 1 and not recipe.sparsity.density < 1:
        assert stage_at(recipe, first - 2) != last


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (
            "[sparsity]\ndensity = 0.2\n",
            "sparsity would act in full from update 101 on, and the run has 14; give it",
        ),
        (
            '[quantization]\nscheme = "W8A8"\nstart = 1.0\n',
            "quantization would act in full from update 15 on",
        ),
        ("[relufication]\nstate = 0.99\n", "relufication would act in full from update 15 on"),
        (
            SPARSE + 'complex = "joint"\npattern = "packed"\n',
            "cannot count them; choose pattern='unstructured'",
        ),
        (
            SPARSE + 'target = "parameters"\nscore = "effect"\n',
            "known of deployed matrices only; choose target=",
        ),
        (SPARSE + 'complex = "joint"\nregrow = 0.2\n', "keeps two parts together; choose complex='separate'"),
        (
            SPARSE + 'learning = "none"\nregrow = 0.2\n',
            "lets it pull at nothing that is pruned; choose learning=",
        ),
        (SPARSE + "pruned_decay = 2.0\n", "pruned_decay=2.0 is no share of a weight; choose 0 to 1"),
        (
            '[quantization]\nscheme = "W8A8"\nstart = 2.0\n',
            "start=2.0 is no share of the updates; choose 0 to 1",
        ),
        ("[relufication]\noutput = -1.0\n", "output=-1.0 is no share of the run; choose 0"),
        ("[penalty]\nweight = -1.0\n", "weight=-1.0 is no price; give a finite number, 0 or more"),
    ],
)
def test_what_would_never_act_or_means_nothing_is_refused(tables, said):
    with pytest.raises(RecipeError, match=said):
        small_recipe(SMALL + tables)


def test_wires_are_smooth_before_their_moment_and_rectified_from_it_on():
    recipe = small_recipe(SMALL + "[relufication]\nactivation = 0.5\nencoded = 0.25\n")
    stages = [stage_at(recipe, update).activations for update in (3, 4, 6, 7)]
    assert [stage.encoded for stage in stages] == ["identity", "relu", "relu", "relu"]
    assert [stage.activation for stage in stages] == ["gelu", "gelu", "gelu", "relu"]


def test_octaves_of_powers_of_two_are_exact():
    k = np.arange(-60, 60)
    powers = (2.0**k).astype(np.float32)
    assert np.array_equal(octave(jnp.asarray(powers)), k)
    assert np.array_equal(octave(jnp.asarray(np.nextafter(powers, np.float32(0)))), k - 1)


def test_prices_are_zero_where_nothing_passes_and_hoyer_counts_what_passes_whatever_its_size():
    few = jnp.array([0.0, 3.0, 0.0, 3.0])
    assert l1(few) == 1.5
    assert hoyer_square(few) == hoyer_square(100 * few) == 0.5
    assert l1(0 * few) == hoyer_square(0 * few) == 0


def test_the_price_is_the_weighted_mean_over_the_wires_that_matrices_read():
    penalty = Penalty(PenaltySettings(weight=2.0), Activations())
    for name in ("encoded", "layers.0.output", "layers.0.ssm.output", "layers.0.control", "encoder.weight"):
        value = jnp.full(2, 3.0 if name == "encoded" else 1.0)
        assert penalty.tap(name, value) is value
    assert penalty.price() == 2.0 * (3.0 + 1.0) / 2
    assert Penalty(PenaltySettings(), Activations()).price() == 0


WIRES = {
    "encoded": "encoded",
    "state": "layers.1.ssm.state_relu",
    "activation": "layers.1.activation",
    "output": "layers.1.output",
}


@pytest.mark.parametrize("smooth", WIRES)
def test_a_wire_that_no_relu_makes_zeros_on_has_no_price(smooth):
    recipe = small_recipe(SMALL + f"[penalty]\nweight = 1.0\n[relufication]\n{smooth} = 0.5\n")
    for update, priced in ((6, WIRES.keys() - {smooth}), (7, WIRES.keys())):
        for wire, name in WIRES.items():
            penalty = Penalty(recipe.penalty, stage_at(recipe, update).activations)
            penalty.tap(name, jnp.ones(2))
            assert penalty.price() == (1.0 if wire in priced else 0.0), name


def test_a_look_at_the_model_prices_by_the_activations_that_the_model_has(monkeypatch):
    recipe, told = small_recipe(SMALL + "[relufication]\nstate = 1.0\n"), []

    def noting(settings, activations):
        told.append(activations)
        return Penalty(settings, activations)

    monkeypatch.setattr(step, "Penalty", noting)
    look = Devices.all().split(partial(step.look, recipe), (WHOLE, CUT), WHOLE)
    clips = np.zeros((2, 1600), np.float32)
    jax.eval_shape(look, step.initial_state(recipe).model, Batch(clips, clips))
    assert told == [Activations(state="identity")]
