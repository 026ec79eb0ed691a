"""SANA-FE's YAML and NIR: what is written is the network, and what cannot be said is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linnet.hardware.sanafe import architecture_yaml, network_yaml
from linnet.hardware.to_nir import nir_graph, write_nir
from linnet.hardware.workload import expect, observe, tally
from linnet.ir import Add, Dequantize, DiagonalRecurrence, Linear, Metadata, Program, Quantize, Scale, Wire
from linnet.ir.interpreter import run
from tests.hardware.small import mapped, small_program
from tests.ir.programs import random_codes


def linear_program() -> Program:
    """Matrices, a recurrence that turns by quarters, a diagonal and a sum: nothing in it is ever rounded."""
    rng = np.random.default_rng(3)
    wires = (
        *(Wire(4, 0), Wire(4, 16, 2), Wire(6, 32, 2), Wire(6, 16, 2), Wire(5, 16, 2), Wire(4, 16, 2)),
        *(Wire(4, 16, 2), Wire(4, 16, 2), Wire(4, 0)),
    )

    def linear(source: int, target: int) -> Linear:
        shape = wires[target].width, wires[source].width
        weight = rng.integers(-2, 3, shape).astype(np.int8)
        return Linear(
            source,
            target,
            weight,
            rng.integers(-4, 5, shape[0]).astype(np.int32),
            np.zeros(shape[0], np.int8),
        )

    quarter = np.full(3, -1, np.int16), np.array([1, -1, 1], np.int16), np.zeros(3, np.uint8)
    nodes = (
        Quantize(0, 1),
        linear(1, 2),
        DiagonalRecurrence(2, 3, *quarter, 0),
        linear(3, 4),
        linear(4, 5),
        Scale(1, 6, np.array([1, -2, 0, 3], np.int8), np.zeros(4, np.int32), np.zeros(4, np.int8)),
        Add(5, 6, 7),
        Dequantize(7, 8),
    )
    program = Program(wires, nodes, Metadata(name="linear"))
    program.validate()
    return program


def execute(graph: Any, frames: np.ndarray) -> np.ndarray:
    """A NIR graph in its own terms: a node's input is the sum over its edges, a delay of 1 gives the last frame."""
    into: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for source, target in graph.edges:
        into[target].append(source)
    kept = {
        name: np.zeros(node.delay.shape)
        for name, node in graph.nodes.items()
        if type(node).__name__ == "Delay"
    }
    answers = []
    for frame in frames:
        values: dict[str, np.ndarray] = {"input": frame, **kept}

        def value(name: str, values: dict[str, np.ndarray] = values) -> np.ndarray:
            if name not in values:
                given = sum(value(source) for source in into[name])
                values[name] = applied(graph.nodes[name], given)
            return values[name]

        answers.append(value("output"))
        kept = {name: value(into[name][0]) for name in kept}
    return np.array(answers)


def applied(node: Any, given: Any) -> np.ndarray:
    kind = type(node).__name__
    if kind == "Affine":
        return node.weight @ given + node.bias
    if kind == "Linear":
        return node.weight @ given
    return node.scale * given if kind == "Scale" else np.asarray(given)


def test_a_nir_file_computes_what_the_program_does(tmp_path: Path) -> None:
    nir = pytest.importorskip("nir", reason="needs pip install nir")
    program, path = linear_program(), tmp_path / "linear.nir"
    write_nir(program, path)
    features = np.random.default_rng(1).integers(-8, 9, (20, 4)).astype(np.float32) / 4
    found = execute(nir.read(path), features.astype(np.float64))
    expected = run(program, features)
    assert np.array_equal(found, expected.astype(np.float64))
    assert np.abs(expected).max() > 1
    assert [each.name for each in tmp_path.iterdir()] == ["linear.nir"]


def test_what_nir_cannot_say_is_refused_by_name() -> None:
    with pytest.raises(
        ValueError, match=r"kinds ComplexRelu, Gate.*Relu, Sigmoid, for which NIR has no node"
    ):
        nir_graph(small_program(0, layers=1))


def parsed(text: str) -> Any:
    yaml = pytest.importorskip("yaml", reason="needs pip install pyyaml")
    return yaml.safe_load(text)


def test_sanafe_is_told_every_synapse_every_neuron_and_its_core() -> None:
    program = small_program(2, layers=1)
    codes = random_codes(2, program, 10)
    mapping = mapped(program, cores=9)
    activity = observe(program, codes)
    found = parsed(network_yaml(mapping, activity))
    edges = found["network"]["edges"]
    stored = sum(np.count_nonzero(each.weights) for table in mapping.bundles for each in table)
    assert len(edges) == stored
    replayed = [group for group in found["network"]["groups"] if group["name"].startswith("w")]
    neurons = sum(len(group["neurons"]) for group in replayed)
    assert neurons + sum(core.rows.size for core in mapping.cores) == len(found["mappings"])
    level = {f"w{wire}": group.level for group in mapping.network.groups for wire in group.sends}
    for group in replayed:
        wire = int(group["name"][1:])
        trains = np.array([neuron[i][0]["spikes"] for i, neuron in enumerate(group["neurons"])])
        assert np.array_equal(trains[:, level.get(group["name"], 0) :].T, activity[wire])


def test_sanafes_synaptic_work_is_ours() -> None:
    program = small_program(2, layers=1)
    codes = random_codes(2, program, 10)
    mapping = mapped(program, cores=9)
    activity = observe(program, codes)
    found = parsed(network_yaml(mapping, activity))
    trains = {
        f"{group['name']}.{i}": sum(neuron[i][0]["spikes"])
        for group in found["network"]["groups"]
        if group["name"].startswith("w")
        for i, neuron in enumerate(group["neurons"])
    }
    work = sum(trains[next(iter(edge)).split(" -> ")[0]] for edge in found["network"]["edges"])
    assert work == tally(mapping, activity).synops.sum()


def test_sanafe_is_told_the_chip() -> None:
    found = parsed(architecture_yaml(mapped(small_program(2))))["architecture"]
    assert (found["attributes"]["width"], found["attributes"]["height"]) == (8, 4)
    core = found["tile"][0]["core"][0]
    assert float(core["synapse"][0]["attributes"]["energy_process_spike"]) == 5e-12


def test_a_mean_activity_cannot_be_replayed() -> None:
    program = small_program(2, layers=1)
    halves = {wire: values / 2 for wire, values in expect(program).items()}
    with pytest.raises(ValueError, match="which is a mean"):
        network_yaml(mapped(program), halves)
