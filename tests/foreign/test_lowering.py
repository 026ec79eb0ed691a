"""The integers of a described network give what its floats give, by every kind of step; the engine runs them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from linnet.compiler.to_c import program_to_c
from linnet.foreign.description import describe
from linnet.foreign.lowering import lower, sizes_of
from linnet.foreign.network import Network
from linnet.foreign.reference import GELU_ERROR, erf, run
from linnet.ir import Linear, Metadata, Program, Scale, quantize_features, run_codes
from linnet.ir import run as run_integers
from linnet.life.imported import in_engine, without_gelu
from linnet.runtime.library import ISA_ENVIRONMENT, instruction_sets
from tests.compiler.exported import Exported, compile_exported, needs_compiler
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


def test_integers_are_near_of_s4d_whose_channels_are_one_sparse_matrix() -> None:
    rng = default_rng(8)
    channels, states = made.INPUTS, 6
    C = rng.standard_normal((2, channels, states))
    arrays = {
        "re": rng.normal(-0.7, 0.3, (channels, states)),
        "im": rng.uniform(0, 9, (channels, states)),
        "C": C[0] + 1j * C[1],
        "dt": np.log(rng.uniform(0.01, 0.2, channels)),
        "D": rng.standard_normal(channels),
        "mix": rng.standard_normal((2 * channels, channels)),
    }
    text = """[[layers]]
    activation = "silu"
    recurrence = { kind = "s4d", log_A_real = "re", A_imag = "im", C = "C", log_step = "dt", D = "D" }
    [layers.mixer]
    kind = "glu"
    value = { tensor = "mix", rows = [0, 5] }
    gate = { tensor = "mix", rows = [5, 10] }"""
    program = assert_integers_are_near(describe(text, made.named(arrays)))
    drive = next(node for node in program.nodes if isinstance(node, Linear))
    assert np.count_nonzero(drive.weight) == channels * states  # B is all ones


def every_kind() -> Program:
    """A program with what the activations, the mixers and an uneven norm add to matrices and recurrences."""
    tensors = made.tensors()
    tensors["l0.scale"][3] = 80.0
    text = 'output = "sigmoid"\n' + WHOLE + LAST
    network = describe(text.replace('"relu"', '"gelu"', 1), made.named(tensors))
    return lowered(without_gelu(network, "sigmoid"))


LAST = """
[[layers]]
activation = "tanh"
recurrence = { kind = "mingru", value = "l0.value", gate = "l0.gate" }

[[layers]]
activation = "silu"
mixer = { kind = "half_glu", gate = "l1.gate" }
"""


@pytest.mark.parametrize("isa", instruction_sets())
def test_the_engine_gives_the_bits_of_the_interpreter(isa: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = every_kind()
    expected = np.stack([run_integers(program, sequence) for sequence in INPUTS])
    monkeypatch.setenv(ISA_ENVIRONMENT, isa)
    assert np.array_equal(in_engine(program, INPUTS), expected)


@needs_compiler
def test_exported_c_gives_the_bits_of_the_interpreter(tmp_path: Path) -> None:
    program = every_kind()
    files = program_to_c(program, "model")
    codes = quantize_features(program, INPUTS[0])
    stream = Exported(compile_exported(files, tmp_path), files)
    assert np.array_equal(stream.run(codes, program.output_width), run_codes(program, codes))


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
