"""A lowered model is the float model but for rounding; what cannot be held is refused by its row."""

import dataclasses
from collections import Counter
from pathlib import Path

import equinox as eqx
import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.compiler import builder
from linnet.compiler.lower import lower
from linnet.ir import (
    Add,
    ComplexRelu,
    Linear,
    Program,
    Relu,
    Scale,
    advance_codes,
    initial_state,
    node_names,
    program_to_bytes,
    read_program,
    run,
    run_codes,
    take_account,
)
from linnet.nn.layers import Linear as FloatLinear
from linnet.nn.network import FoldedNetwork, Network
from linnet.quant.calibrate import calibrate
from linnet.quant.scheme import SCHEMES, W8A8, W8A16
from linnet.runtime import Session
from tests.compiler.small import BINS, bent, metadata, small
from tests.kinds import as_a

ROUNDING_OF_WEIGHTS = (
    2.0**-7
)  # 8 bits with a power-of-two scale per row: half a step is at most 1/128 of the largest


ROUNDINGS_TO_EIGHT = (
    9  # features, and in each of two layers: the stream, the states read, what is gated, the gated
)


@pytest.fixture(scope="module")
def program() -> Program:
    return lower(small().model, small().ranges, metadata())


@pytest.fixture(scope="module")
def program_of_eight() -> Program:
    return lower(small().model, small().ranges, metadata(), scheme=W8A8)


def root_mean_squares(program: Program) -> list[float]:
    """Of the error of every clip's gains, against the float model; these must go with the float model's."""
    errors = []
    for clip in range(small().features.shape[1]):
        gains = run(program, small().features[:, clip])
        errors.append(float(np.sqrt(np.mean((gains - small().gains[:, clip]) ** 2))))
        assert np.corrcoef(gains.ravel(), small().gains[:, clip].ravel())[0, 1] > 0.995
    return errors


def test_the_program_gives_the_gains_of_the_float_model_but_for_rounding(program):
    # a sigmoid has slope 1/4 at most; roundings of many weights add up like noise
    assert max(root_mean_squares(program)) < ROUNDING_OF_WEIGHTS


def test_activations_of_eight_bits_are_as_coarse_as_weights(program_of_eight):
    # half a step is at most 1/128 of the largest there, too, and independent roundings add up like noise
    assert max(root_mean_squares(program_of_eight)) < ROUNDING_OF_WEIGHTS * np.sqrt(ROUNDINGS_TO_EIGHT)


def test_with_eight_bits_every_matrix_reads_eight_and_states_are_as_fine_as_with_sixteen(
    program, program_of_eight
):
    read = {program_of_eight.wires[n.source].bits for n in program_of_eight.nodes if isinstance(n, Linear)}
    assert read == {8}
    states = [
        [each.wires[node.source].exponent for node in each.recurrences]
        for each in (program, program_of_eight)
    ]
    assert states[0] == states[1]


def test_the_engine_gives_the_integers_of_a_program_of_eight_bits(program_of_eight):
    data = program_to_bytes(program_of_eight)
    assert read_program(data) == program_of_eight
    for clip in range(small().features.shape[1]):
        codes = np.round(small().features[:, clip] * 2.0 ** program_of_eight.wires[1].exponent)
        codes = codes.astype(np.int16)  # those beyond 8 bits are saturated by both
        assert np.array_equal(Session(data).run(codes), run_codes(program_of_eight, codes))


def test_what_calibration_heard_saturates_nowhere(program):
    largest: dict[int, int] = {}

    def note(wire: int, values: np.ndarray) -> None:
        if program.wires[wire].bits:
            largest[wire] = max(largest.get(wire, 0), int(np.abs(values.astype(np.int64)).max()))

    for clip in range(small().features.shape[1]):
        run(program, small().features[:, clip], trace=note)
    for wire, size in largest.items():
        bits, exponent = program.wires[wire].bits, program.wires[wire].exponent
        assert size < 2 ** (bits - 1) - 1, f"wire {wire} at exponent {exponent} reaches {size}"


def test_the_same_model_gives_the_same_file(program):
    again = lower(small().model, small().ranges, metadata())
    assert program_to_bytes(again) == program_to_bytes(program)


def test_one_node_of_every_kind_stands_where_the_model_has_it(program):
    kinds = [type(node).__name__ for node in program.nodes]
    layer = [
        *("Linear", "DiagonalRecurrence", "ComplexRelu", "Linear", "Scale", "Add", "Relu"),
        *("Linear", "Gate", "Add"),
    ]
    assert kinds == ["Quantize", "Linear", "Relu", *layer, *layer, "Linear", "Sigmoid", "Dequantize"]


@pytest.mark.parametrize("scheme", [W8A16, W8A8], ids=["W8A16", "W8A8"])
def test_a_relu_that_never_acts_is_left_out_and_nothing_else_changes_even_where_sums_saturate(
    scheme, monkeypatch
):
    without = lower(small().model, small().ranges, metadata(), scheme=scheme)
    monkeypatch.setattr(builder, "_never_negative", lambda node, nonnegative: False)
    with_all = lower(small().model, small().ranges, metadata(), scheme=scheme)
    assert len(with_all.nodes) == len(without.nodes) + len(without.recurrences)
    codes = np.full((20, BINS), 32767, np.int16) // np.arange(1, 21, dtype=np.int16)[:, None]
    sums = [node.target for node in without.nodes if isinstance(node, Add)]
    seen: dict[int, np.ndarray] = {}
    advance_codes(without, initial_state(without), codes, trace=seen.__setitem__)
    assert any((seen[wire] == 2 ** (without.wires[wire].bits - 1) - 1).any() for wire in sums[1::2])
    expected = run_codes(with_all, codes)
    assert np.array_equal(run_codes(without, codes), expected)
    assert np.array_equal(Session(program_to_bytes(without)).run(codes), expected)
    accounts = [macs_of_matrices(each, codes) for each in (without, with_all)]
    assert accounts[0] == accounts[1]


def macs_of_matrices(program: Program, codes: np.ndarray) -> dict[str, int]:
    """The products that every matrix makes with what is not 0, by its name."""
    macs = zip(program.nodes, node_names(program), take_account(program, codes).macs, strict=True)
    return {name: count for node, name, count in macs if isinstance(node, (Linear, Scale))}


def headless(bins: int) -> FoldedNetwork:
    model = Network.create(0, features=bins, outputs=bins, width=1 / 16, layers=0)
    return FoldedNetwork(model.encoder, (), model.decoder)


def test_a_row_that_could_overflow_is_refused_by_name():
    model = headless(600)  # 600 weights of 127 times 32768 are 2.5e9, beyond int32
    model = eqx.tree_at(lambda m: m.encoder.weight, model, jnp.full((12, 600), 0.99))
    ranges = {"features": np.ones(600), "encoded": np.full(12, 600.0)}
    with pytest.raises(ValueError, match="row 0"):
        lower(model, ranges, metadata())


def encoder_weight(model: FoldedNetwork) -> jax.Array:
    return as_a(FloatLinear, model.encoder).weight


def test_a_model_that_is_all_but_dead_is_still_lowered():
    model = headless(BINS)
    model = eqx.tree_at(encoder_weight, model, encoder_weight(model) * 1e-25)
    ranges = {"features": np.ones(BINS), "encoded": np.full(12, 1e-25)}
    gains = run(lower(model, ranges, metadata()), np.ones((2, BINS)))
    np.testing.assert_allclose(gains, 0.5, atol=2.0**-12)


@pytest.mark.long
def test_a_layer_that_all_but_ended_itself_is_still_lowered():
    model = small().model
    first = model.layers[0]
    tiny = eqx.tree_at(lambda s: (s.C, s.D, s.D_bias), first.ssm, replace_fn=lambda a: a * 1e-7)
    model = eqx.tree_at(lambda m: m.layers[0].ssm, model, tiny)
    features = jnp.asarray(small().features)
    gains = run(lower(model, calibrate(model, [features]), metadata()), small().features[:, 0])
    np.testing.assert_allclose(gains, jax.jit(lambda x: model.apply(x))(features)[:, 0], atol=0.1)


def test_metadata_goes_along_unchanged(program):
    assert program.metadata == dataclasses.replace(metadata())


def test_weights_of_four_bits_lie_in_the_same_matrices():
    program = lower(small().model, small().ranges, metadata(), scheme=SCHEMES["W4A16"])
    for node in program.nodes:
        if isinstance(node, Linear):
            assert node.weight.dtype == np.int8
            assert -8 <= node.weight.min() < -3
            assert 3 < node.weight.max() <= 7


def test_a_mixed_scheme_keeps_the_bits_of_the_ends():
    program = lower(small().model, small().ranges, metadata(), scheme=SCHEMES["mixed"])
    reach = [int(np.abs(node.weight.astype(int)).max()) for node in program.nodes if isinstance(node, Linear)]
    assert [largest > 8 for largest in reach] == [True, *[False] * 6, True]


def test_floats_of_eight_bits_are_refused_with_the_way_out():
    with pytest.raises(ValueError, match=r"encoder.weight with weights in e4m3 .* integers only; score"):
        lower(small().model, small().ranges, metadata(), scheme=SCHEMES["E4M3A16"])


@pytest.mark.parametrize(
    ("wires", "relus", "complex_relus"),
    [
        ({"state": "identity"}, 3, 0),
        ({"encoded": "identity"}, 3, 2),  # the sum of the first layer may be negative, so its ReLU is there
        ({"output": "identity"}, 3, 2),  # as with the ReLU, which never acts behind two that do
        ({"encoded": "identity", "output": "identity"}, 2, 2),
    ],
)
def test_a_wire_that_is_not_rectified_has_no_relu(wires, relus, complex_relus):
    count = Counter(type(node) for node in lower(bent(**wires), small().ranges, metadata()).nodes)
    assert (count[Relu], count[ComplexRelu]) == (relus, complex_relus)


@pytest.mark.long
@pytest.mark.parametrize(
    "wires",
    [
        {"state": "identity"},
        *(
            pytest.param(dict.fromkeys(names, "identity"), marks=pytest.mark.long)
            for names in (["encoded"], ["output"], ["encoded", "output"])
        ),
    ],
)
def test_a_wire_that_is_not_rectified_is_lowered_as_it_is(wires):
    model = bent(**wires)
    lowered = lower(model, calibrate(model, [jnp.asarray(small().features)]), metadata())
    gains = np.asarray(jax.jit(lambda x: model.apply(x))(jnp.asarray(small().features)))
    for clip in range(small().features.shape[1]):
        error = run(lowered, small().features[:, clip]) - gains[:, clip]
        assert np.sqrt(np.mean(error**2)) < 2 * ROUNDING_OF_WEIGHTS


@pytest.mark.parametrize(
    ("wires", "said"),
    [({"activation": "gelu"}, "train on with a table"), ({"top": 0.5}, "leave out top of")],
)
def test_what_no_node_computes_is_refused(wires, said):
    with pytest.raises(ValueError, match=said):
        lower(bent(**wires), small().ranges, metadata())


def test_states_of_24_bits_hold_all_that_can_be_read_out_of_them() -> None:
    from linnet.apps.commands.quantize import Quantize

    for activation_bits in (8, 16):
        asked = Quantize(
            Path("run"), Path("data"), Path("a.gguf"), activation_bits=activation_bits, state_bits=24
        )
        narrow = lower(small().model, small().ranges, metadata(), scheme=asked.scheme(None))
        for node in narrow.recurrences:
            # the read-out saturates exactly where 24 bits end
            assert node.out_shift + narrow.wires[node.target].bits == 24
    wide = Quantize(Path("run"), Path("data"), Path("a.gguf")).scheme(None)
    assert wide.state_guard_bits == W8A16.state_guard_bits
