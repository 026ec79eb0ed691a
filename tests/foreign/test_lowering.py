"""The integers of a described network give what its floats give, by every kind of step; the engine runs them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from linnet.foreign.description import describe
from linnet.foreign.lowering import lower, sizes_of
from linnet.foreign.network import Network
from linnet.foreign.reference import GELU_ERROR, erf, run
from linnet.ir import Linear, Metadata, Program, Scale
from linnet.ir import run as run_integers
from linnet.life.imported import in_engine, without_gelu
from tests.foreign import made

WHOLE = made.ENDS + made.LRU
INPUTS = made.shown()


def lowered(network: Network, inputs: np.ndarray = INPUTS) -> Program:
    return lower(network, sizes_of(network, inputs), Metadata("made"))


def assert_integers_are_near(network: Network, inputs: np.ndarray = INPUTS) -> Program:
    program = lowered(network, inputs)
    integers = np.stack([run_integers(program, sequence) for sequence in inputs])
    assert made.decibels(run(network, inputs), integers) >= made.least_decibels(network)
    return program


@pytest.mark.parametrize("activation", ["relu", "silu", "tanh", "sigmoid", "none"])
def test_integers_are_near_with_every_activation(activation: str) -> None:
    text = WHOLE.replace('"relu"', f'"{activation}"')
    assert_integers_are_near(describe(text, made.named(made.tensors())))


@pytest.mark.parametrize(
    "mixer",
    [
        'kind = "linear"\nweight = "l{i}.value"\nbias = "l{i}.gate_bias"',
        'kind = "half_glu"\ngate = "l{i}.value"',
        'kind = "mlp"\nup = "l{i}.value"\nactivation = "relu"\ndown = "l{i}.gate"\ndown_bias = "l{i}.D"',
    ],
)
def test_integers_are_near_with_every_mixer(mixer: str) -> None:
    before, _ = WHOLE.split('kind = "glu"')
    assert_integers_are_near(describe(before + mixer, made.named(made.tensors())))


@pytest.mark.parametrize("residual", [True, False])
def test_integers_are_near_with_a_norm_that_no_matrix_follows(residual: bool) -> None:
    after = '\n[layers.norm_after]\nkind = "affine"\nscale = "l{i}.scale"\noffset = "l{i}.offset"\n'
    text = (WHOLE + after).replace("repeat = 2", f"repeat = 2\nresidual = {str(residual).lower()}")
    assert_integers_are_near(describe(text, made.named(made.tensors())))


def test_integers_are_near_of_a_full_D_and_of_none_and_of_real_decays() -> None:
    rng = default_rng(5)
    arrays = {
        "a": rng.uniform(-0.9, 0.99, 8),
        "B": rng.standard_normal((8, made.INPUTS)),
        "C": rng.standard_normal((6, 8)),
        "D": rng.standard_normal((6, made.INPUTS)),
    }
    for skip in ('D = "D"', ""):
        text = f"""[[layers]]
        residual = false
        [layers.recurrence]
        kind = "discrete"
        lambda = "a"
        B = "B"
        C = "C"
        {skip}"""
        assert_integers_are_near(describe(text, made.named(arrays)))


def test_integers_are_near_of_mingru() -> None:
    rng = default_rng(6)
    arrays = {name: rng.standard_normal((8, made.INPUTS)) for name in ("v", "g")}
    text = """[[layers]]
    residual = false
    recurrence = { kind = "mingru", value = "v", gate = "g" }"""
    assert_integers_are_near(describe(text, made.named(arrays)))


def test_an_output_sigmoid_is_in_the_program() -> None:
    network = describe('output = "sigmoid"\n' + WHOLE, made.named(made.tensors()))
    program = assert_integers_are_near(network)
    assert program.wires[-2].exponent == 15
    assert not isinstance(program.nodes[-3], Scale)  # the decoder writes what the sigmoid reads


def test_an_even_norm_before_a_matrix_is_no_node_and_an_uneven_one_is_one() -> None:
    tensors = made.tensors()
    for i, loudest in enumerate((1.9, 80.0)):
        tensors[f"l{i}.scale"], tensors[f"l{i}.var"] = np.ones((2, made.WIDTH), np.float32)
        tensors[f"l{i}.scale"][3] = loudest
    network = describe(WHOLE, made.named(tensors))
    program = assert_integers_are_near(network)
    scales = [node for node in program.nodes if isinstance(node, Scale)]
    assert len(scales) == 3  # D of both layers, and the second norm
    powers = np.abs(scales[1].weight.astype(int))
    assert np.all(powers & (powers - 1) == 0)  # nothing of it is rounded


def test_an_uneven_norm_does_not_spoil_what_stands_beside_its_loud_values() -> None:
    rng = default_rng(7)
    quiet = np.where(np.arange(8) < 2, 0.01, 1.0)
    arrays = {
        "in": rng.standard_normal((8, made.INPUTS)) * quiet[:, None],
        "scale": -1 / quiet,
        "offset": rng.standard_normal(8),
        "out": rng.standard_normal((6, 8)),
    }
    text = """[encoder]
    weight = "in"
    [[layers]]
    residual = false
    norm = { kind = "affine", scale = "scale", offset = "offset" }
    mixer = { kind = "linear", weight = "out" }"""
    network = describe(text, made.named(arrays))
    integers = np.stack([run_integers(lowered(network), sequence) for sequence in INPUTS])
    assert made.decibels(run(network, INPUTS), integers) >= 35  # 8 where the norm goes into the matrix


def test_the_engine_gives_the_bits_of_the_interpreter() -> None:
    program = lowered(describe(WHOLE, made.named(made.tensors())))
    expected = np.stack([run_integers(program, sequence) for sequence in INPUTS])
    assert np.array_equal(in_engine(program, INPUTS), expected)


def test_rows_too_wide_for_8_bits_get_fewer() -> None:
    arrays = {"w": np.full((2, 1200), 0.01)}
    network = describe('[encoder]\nweight = "w"', made.named(arrays))
    inputs = made.shown(width=1200, n=1, frames=3)
    program = assert_integers_are_near(network, inputs)
    (matrix,) = (node for node in program.nodes if isinstance(node, Linear))
    assert np.abs(matrix.weight.astype(int)).sum(axis=1).max() < 49152


def test_gelu_is_refused_and_what_replaces_it_is_as_near_as_said() -> None:
    network = describe(WHOLE.replace('"relu"', '"gelu"'), made.named(made.tensors()))
    with pytest.raises(ValueError, match=r"layers\.0\.activation is a GELU.*--gelu"):
        lowered(network)
    assert_integers_are_near(without_gelu(network, "sigmoid"))
    assert_integers_are_near(without_gelu(network, "relu"))
    with pytest.raises(ValueError, match="names no gelu"):
        without_gelu(without_gelu(network, "relu"), "relu")


def test_the_sigmoid_form_of_gelu_is_within_its_bound() -> None:
    from linnet.foreign.reference import ACTIVATION_MEANINGS

    x = np.linspace(-10, 10, 20001)
    near = ACTIVATION_MEANINGS["gelu_sigmoid"](x)
    assert np.max(np.abs(near - 0.5 * x * (1 + erf(x / np.sqrt(2))))) <= GELU_ERROR
    assert np.max(np.abs(near - ACTIVATION_MEANINGS["gelu_tanh"](x))) <= GELU_ERROR + 5e-4
