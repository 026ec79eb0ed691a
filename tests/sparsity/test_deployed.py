"""Masks of the denoiser lie on what is multiplied, and its integers have the density asked for."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
import equinox as eqx
import jax
import jax.numpy as jnp

from linnet.compiler.lower import lower
from linnet.ir import Linear
from linnet.nn.gated import FoldedGated, Gated
from linnet.nn.network import FoldedNetwork, Network
from linnet.nn.ssm import S5
from linnet.sparsity import deployed
from linnet.sparsity.masks import SparsitySettings, choose_masks, masking
from linnet.sparsity.trees import map_named, named_matrices
from tests.compiler.small import BINS, metadata, small
from tests.kinds import as_a

ROUNDINGS = 1e-5  # some dozens of 2^-24, times the largest weight of the matrix


@cache
def wires() -> dict[str, tuple[int, ...]]:
    """Shapes by the name of every tap, noted without computing anything."""
    seen: dict[str, tuple[int, ...]] = {}

    def note(name: str, value: jax.Array) -> jax.Array:
        seen[name] = value.shape
        return value

    features = jax.ShapeDtypeStruct((3, 2, BINS), jnp.float32)
    jax.eval_shape(lambda given_features: small().model.apply(given_features, tap=note), features)
    return seen


def test_every_matrix_has_the_name_and_the_shape_of_its_tap():
    matrices = named_matrices(small().model)
    assert {"encoder.weight", "layers.1.ssm.B", "layers.0.ssm.C", "layers.1.gate.weight"} < set(matrices)
    assert {name: wires()[name] for name in matrices} == {name: each.shape for name, each in matrices.items()}


def test_every_matrix_multiplies_the_wire_it_is_said_to():
    for name, matrix in named_matrices(small().model).items():
        assert wires()[deployed.input_wire(name, 2)][-1] == matrix.shape[1]


@cache
def plain() -> Network:
    return Network.create(0, features=BINS, outputs=BINS, width=1 / 16, layers=2)


def drawn(rng: np.random.Generator) -> tuple[Network, object]:
    """A denoiser whose norms scale and shift, with random matrices, and random statistics."""

    def other(name: str, leaf: jax.Array) -> np.ndarray | jax.Array:
        if name.endswith("norm.scale"):
            return rng.uniform(0.2, 3, leaf.shape).astype(np.float32)
        moved = name.endswith("norm.offset") or leaf.ndim == 2
        return rng.standard_normal(leaf.shape).astype(np.float32) if moved else leaf

    moments = jax.tree.map(
        lambda leaf: rng.uniform(0.1, 2, leaf.shape).astype(np.float32), plain().initial_statistics()
    )
    return map_named(other, plain()), moments


@jax.jit
def before_and_after(model, statistics, masks, share):
    after = deployed.decayed(model, masks, share)
    return model.fold(statistics), after.fold(statistics), after


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0, 1))
def test_pruned_deployed_weights_lose_exactly_their_share_and_all_others_nothing(seed, share):
    rng = np.random.default_rng(seed)
    model, statistics = drawn(rng)
    masks = {name: rng.random(wires()[name]) < 0.5 for name in named_matrices(small().model)}
    before, after, parameters = before_and_after(model, statistics, masks, share)
    for name, matrix in named_matrices(before).items():
        expected = np.where(masks[name], matrix, (1 - share) * np.asarray(matrix))
        found, largest = named_matrices(after)[name], float(np.abs(matrix).max())
        np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDINGS * largest)
    for layer, old in zip(parameters.layers, model.layers, strict=True):
        assert np.array_equal(as_a(S5, layer.ssm).Lambda_re, as_a(S5, old.ssm).Lambda_re)
        assert np.array_equal(layer.ssm.D, old.ssm.D)
        assert np.array_equal(layer.norm.scale, old.norm.scale)


@jax.jit
def pulls_of_a_sum(model, statistics, factors):
    """Pulls under the loss sum(factors * deployed matrices), whose gradient by deployed matrices is `factors`."""

    def loss(model):
        found = named_matrices(model.fold(statistics))
        return sum(jnp.sum(factors[name] * found[name]) for name in factors)

    return deployed.pulls(model, named_matrices(jax.grad(loss)(model)))


@pytest.mark.long
def test_pulls_are_the_gradients_of_deployed_matrices_in_the_units_of_their_parameters():
    rng = np.random.default_rng(0)
    model, statistics = plain(), plain().initial_statistics()
    factors = {
        name: rng.standard_normal(each.shape) for name, each in named_matrices(model.fold(statistics)).items()
    }
    for name, pull in pulls_of_a_sum(model, statistics, factors).items():
        ratio = np.asarray(pull) / np.abs(
            factors[name]
        )  # how much a deployed weight moves with its parameter
        if name.endswith(".B"):
            factor = np.hypot(*as_a(S5, model.layers[int(name.split(".")[1])].ssm).discretize()[1])
            np.testing.assert_allclose(ratio, np.tile(factor, 2)[:, None] + 0 * ratio, rtol=1e-3)
        else:
            np.testing.assert_allclose(ratio, ratio.flat[0], rtol=1e-5)


def chosen(asked: SparsitySettings, *, joint: bool = False) -> dict[str, jax.Array]:
    """Masks of the small model at the end of a run, by balanced magnitudes."""

    def choose(scores, shapes=None):
        return choose_masks(scores, 1.0, asked, shapes=shapes)

    @jax.jit
    def masks_of(model):
        scores = deployed.scores(model, {}, {}, "magnitude")
        return deployed.jointly(choose, scores) if joint else choose(scores)

    return masks_of(small().model)


def kept(masks: dict[str, jax.Array]) -> int:
    return sum(int(mask.sum()) for mask in masks.values())


@pytest.mark.parametrize("distribution", [pytest.param("erk", marks=pytest.mark.long), "global"])
def test_joint_masks_keep_both_parts_or_none_and_the_density_asked_for(distribution):
    masks = chosen(SparsitySettings(density=0.2, distribution=distribution), joint=True)
    for name, mask in masks.items():
        if name.endswith((".B", ".C")):
            re, im = np.split(np.asarray(mask), 2, axis=0 if name.endswith(".B") else 1)
            assert np.array_equal(re, im)
    size = sum(mask.size for mask in masks.values())
    assert abs(kept(masks) - 0.2 * size) <= len(masks)  # half a pair per matrix


def test_pruned_weights_are_zero_and_all_others_as_they_were():
    masks = chosen(SparsitySettings(density=0.3))
    found = named_matrices(deployed.pruned(small().model, masks))
    for name, matrix in named_matrices(small().model).items():
        assert np.array_equal(found[name], np.where(masks[name], matrix, 0))


def linears(model: FoldedNetwork) -> list[np.ndarray]:
    program = lower(model, small().ranges, metadata())
    return [node.weight for node in program.nodes if isinstance(node, Linear)]


def test_the_integers_are_zero_where_the_mask_says_and_elsewhere_only_where_a_weight_rounds_to_zero():
    masks = chosen(SparsitySettings(density=0.2))
    size = sum(mask.size for mask in masks.values())
    assert abs(kept(masks) - 0.2 * size) <= 0.5 * len(masks)
    order = ["encoder.weight"]
    for i in range(2):
        order += [f"layers.{i}.ssm.B", f"layers.{i}.ssm.C", f"layers.{i}.gate.weight"]
    codes = dict(zip([*order, "decoder.weight"], linears(deployed.pruned(small().model, masks)), strict=True))
    for name, mask in masks.items():
        assert not codes[name][~np.asarray(mask)].any()
    nonzeros = sum(np.count_nonzero(each) for each in codes.values())
    assert 0.99 * kept(masks) <= nonzeros <= kept(masks)  # kept weights are large: few round to zero


@pytest.mark.long
def test_pruning_parameters_gives_a_denser_deployed_matrix_than_the_mask_says():
    model = Network.create(0, features=BINS, outputs=BINS, width=1 / 16, layers=1)

    @jax.jit
    def masks_and_B_bar(model):
        found = {name: jnp.abs(each) for name, each in named_matrices(model).items()}
        masks = choose_masks(found, 1.0, SparsitySettings(density=0.1))
        return masks, map_named(masking(masks), model).fold(model.initial_statistics()).layers[0].ssm.B

    masks, B_bar = masks_and_B_bar(model)
    re, im = (np.asarray(masks[f"layers.0.ssm.B_{part}"]) for part in ("re", "im"))
    either = np.concatenate([re | im] * 2)
    assert np.array_equal(np.asarray(B_bar) != 0, either)
    assert either.sum() > re.sum() + im.sum()


def test_effects_do_not_depend_on_how_states_are_scaled():
    """What a state is divided by, the column of C is multiplied by; its input's size goes with the state."""
    rng = np.random.default_rng(0)
    sizes = {
        name: jnp.asarray(rng.uniform(0.1, 1, shape[-1:]), jnp.float32) for name, shape in wires().items()
    }
    scales = {
        f"layers.{i}": 2.0 ** jnp.asarray(np.tile(rng.integers(-3, 4, 8), 2), jnp.float32) for i in range(2)
    }
    unscaled = deployed.scores(
        small().model, {f"layers.{i}": jnp.ones(16) for i in range(2)}, sizes, "effect"
    )
    scaled = deployed.scores(small().model, scales, sizes, "effect")
    assert np.array_equal(unscaled["layers.0.ssm.C"], scaled["layers.0.ssm.C"])
    expected = unscaled["layers.0.ssm.B"] * scales["layers.0"][:, None]
    assert np.array_equal(scaled["layers.0.ssm.B"], expected)


def test_pruned_weights_of_a_gated_model_lose_their_share_too():
    model = Network.create(1, features=BINS, outputs=BINS, width=1 / 16, layers=1, recurrence="gated")
    statistics = model.initial_statistics()
    fold = jax.jit(lambda model: named_matrices(model.fold(statistics)))
    matrices = fold(model)
    assert {"layers.0.ssm.V", "layers.0.ssm.G", "layers.0.ssm.C"} <= matrices.keys()
    rng = np.random.default_rng(0)
    masks = {name: rng.random(m.shape) < 0.5 for name, m in matrices.items()}
    after = fold(jax.jit(deployed.decayed)(model, masks, 0.25))
    for name, before in matrices.items():
        kept = np.where(masks[name], before, np.float32(0.75) * np.asarray(before))
        np.testing.assert_allclose(after[name], kept, rtol=ROUNDINGS, atol=ROUNDINGS)


def test_masks_of_a_gated_model_see_states_of_all_sizes_alike():
    model = Network.create(1, features=BINS, outputs=BINS, width=1 / 16, layers=1, recurrence="gated")
    folded = jax.jit(lambda model: model.fold(model.initial_statistics()))(model)
    scale = np.exp2(np.random.default_rng(0).integers(-5, 6, 12)).astype(np.float32)
    ssm = as_a(FoldedGated, folded.layers[0].ssm)
    louder = eqx.tree_at(
        lambda m: (m.layers[0].ssm.V, m.layers[0].ssm.C), folded, (ssm.V / scale[:, None], ssm.C * scale)
    )
    plain = deployed.scores(folded, {"layers.0": jnp.ones(12)}, {}, "magnitude")
    balanced = deployed.scores(louder, {"layers.0": jnp.asarray(scale)}, {}, "magnitude")
    for name in plain:
        np.testing.assert_array_equal(plain[name], balanced[name])


def test_pulls_of_a_gated_model_are_its_gradients():
    model = Network.create(1, features=BINS, outputs=BINS, width=1 / 16, layers=1, recurrence="gated")
    gradients = {name: -2 * m for name, m in named_matrices(model).items()}
    found = deployed.pulls(model, gradients)
    np.testing.assert_array_equal(found["layers.0.ssm.G"], 2 * jnp.abs(as_a(Gated, model.layers[0].ssm).G))
