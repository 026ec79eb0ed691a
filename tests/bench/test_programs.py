"""Networks of random weights: alive, exactly pruned, and the same in floats, in integers and in the engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from linnet.bench.guests import relative_error
from linnet.bench.network import Network, Trace, gains, load, save
from linnet.bench.programs import codes_of, program_of
from linnet.bench.random_network import Shape, noisy_sound, random_network, sound_features
from linnet.bench.rounding import largest_exponent, rounded_decay, rounded_rows, to_codes
from linnet.ir import Linear, Sigmoid, advance, initial_state, program_to_bytes, run_codes
from linnet.runtime import Session

SMALL = Shape(width=0.25, density=0.2)
FRAMES = sound_features(noisy_sound(3, 64))[:64]


@pytest.fixture(scope="module")
def network() -> Network:
    return random_network(5, SMALL, FRAMES)


def test_the_same_seed_gives_the_same_network(network: Network) -> None:
    again = random_network(5, SMALL, FRAMES).arrays()
    assert all(np.array_equal(array, again[name]) for name, array in network.arrays().items())
    assert not np.array_equal(random_network(6, SMALL, FRAMES).encoder, network.encoder)


def test_a_network_has_the_shape_and_the_density_asked_for(network: Network) -> None:
    assert (network.bins, network.features, network.states, network.state_width) == (257, 48, 32, 192)
    for name, matrix in network.matrices():
        assert (matrix != 0).mean() == pytest.approx(0.2, abs=1 / matrix.size), name


def test_no_activation_dies_and_few_rest_at_the_rails(network: Network) -> None:
    program = program_of(network, FRAMES, name="small")
    seen: dict[int, np.ndarray] = {}
    advance(program, initial_state(program), FRAMES, trace=seen.__setitem__)
    for node in program.nodes:
        if isinstance(node, Linear):
            assert (seen[node.source] != 0).mean() > 0.2
        if seen[node.writes].dtype == np.int16:
            assert (np.abs(seen[node.writes].astype(np.int32)) >= 32767).mean() < 0.05 or isinstance(
                node, Sigmoid
            )


def test_the_weights_are_the_same_in_floats_and_in_integers(network: Network) -> None:
    program = program_of(network, FRAMES, name="small")
    linears = [node for node in program.nodes if isinstance(node, Linear)]
    for (name, matrix), node in zip(network.matrices(), linears, strict=True):
        scale = np.exp2(-(node.shift.astype(float) + program.wires[node.target].exponent))
        exact = node.weight * (scale * 2.0 ** program.wires[node.source].exponent)[:, None]
        assert np.array_equal(exact, matrix), name


def test_the_integers_follow_the_floats_and_the_engine_the_integers(network: Network) -> None:
    program = program_of(network, FRAMES, name="small")
    codes = codes_of(program, FRAMES)
    integers = run_codes(program, codes)
    assert np.array_equal(Session(program_to_bytes(program)).run(codes), integers)
    assert relative_error(integers / 32768.0, gains(network, FRAMES)) < 0.2


def test_the_trace_names_what_the_lowering_asks_for(network: Network) -> None:
    seen: Trace = {}
    gains(network, FRAMES, seen)
    assert {"features", "encoded", "0.state", "2.output", "logit"} <= seen.keys()
    assert all(len(values) == len(FRAMES) for values in seen.values())


def test_a_network_comes_back_from_its_file(network: Network, tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    save(network, FRAMES, path)
    loaded, frames = load(path)
    assert np.array_equal(frames, FRAMES)
    assert np.array_equal(loaded.decoder, network.decoder.astype(np.float32))
    assert loaded.layers[2].gate.dtype == np.float32


@pytest.mark.parametrize(("width", "density"), [(0.3, 1.0), (0.0, 1.0), (9.0, 1.0), (1.0, 0.0), (1.0, 1.1)])
def test_an_impossible_shape_is_refused_with_a_remedy(width: float, density: float) -> None:
    with pytest.raises(ValueError, match="give"):
        Shape(width, density)


def test_rounding_is_to_the_finest_scale_that_holds() -> None:
    assert largest_exponent(np.array([1.0, 127.4, 127.6, 0.0]), 8).tolist() == [6, 0, -1, 40]
    assert to_codes(np.array([0.5, -0.5, 300.0]), 0, 8).tolist() == [1, 0, 127]
    weight = np.array([[0.3, -1.0], [0.0, 0.0]])
    assert np.array_equal(rounded_rows(weight), np.array([[0.296875, -1.0], [0.0, 0.0]]))
    assert np.array_equal(rounded_rows(rounded_rows(weight)), rounded_rows(weight))
    decay = np.exp(0.01 * (-0.5 + 3j) * np.arange(4))
    assert np.array_equal(rounded_decay(rounded_decay(decay)), rounded_decay(decay))
    assert np.abs(rounded_decay(decay) - decay).max() < 1e-5
