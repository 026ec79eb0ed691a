"""NeuroBench's metrics against the neurobench package, on an equal PyTorch module."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from linnet.hardware.microcode import Target, bind
from linnet.hardware.neurobench import Metrics, neurobench_metrics
from linnet.ir import (
    ComplexRelu,
    DiagonalRecurrence,
    Linear,
    Node,
    Program,
    Relu,
    Sigmoid,
    run_codes,
    take_account,
)
from linnet.ir.interpreter import meaning
from linnet.numerics import requantize
from tests.hardware.small import small_program
from tests.ir.programs import random_codes

FRAMES = 12


def some() -> tuple[Program, np.ndarray]:
    program = small_program(4, layers=1, eight=0.0)
    codes = random_codes(4, program, FRAMES)
    codes[np.random.default_rng(1).random(codes.shape) < 0.4] = 0
    return program, codes


def test_effective_macs_are_ours_without_recurrence_and_diagonals() -> None:
    program, codes = some()
    account = take_account(program, codes)
    found = neurobench_metrics(program, [codes])
    linears = [index for index, node in enumerate(program.nodes) if isinstance(node, Linear)]
    assert found.effective_macs + found.effective_acs == sum(account.macs[i] for i in linears) / FRAMES
    whole = found.effective_macs + found.effective_acs + found.element_macs
    assert whole == pytest.approx(sum(account.macs) / FRAMES)


def test_a_matrix_whose_inputs_are_signs_only_adds() -> None:
    program, codes = some()
    found = neurobench_metrics(program, [np.sign(codes).astype(np.int16)])
    first = take_account(program, np.sign(codes).astype(np.int16)).macs[1]
    assert found.effective_acs >= first / FRAMES > 0


def test_nothing_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="no clip came"):
        neurobench_metrics(some()[0], [])


def package() -> Any:
    """The guest, or a skip; its imports warn of changes of their own."""
    pytest.importorskip("torch", reason="needs pip install torch neurobench")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("neurobench", reason="needs pip install neurobench")
        from neurobench.metrics.static import ConnectionSparsity, Footprint
        from neurobench.metrics.workload import ActivationSparsity, SynapticOperations
        from neurobench.models import TorchModel
    return TorchModel, ConnectionSparsity, Footprint, ActivationSparsity, SynapticOperations


def torch_module(program: Program) -> Any:
    """A PyTorch module with nn.Linear, nn.ReLU and nn.Sigmoid where the program has them, bit for bit its equal."""
    import torch
    from torch import nn

    class Equal(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = nn.ModuleDict()
            for index, node in enumerate(program.nodes):
                if isinstance(node, Linear):
                    layer = nn.Linear(node.weight.shape[1], node.weight.shape[0], bias=False).double()
                    layer.weight.data = torch.tensor(node.weight.astype(np.float64))
                    self.parts[str(index)] = layer
                elif isinstance(node, Relu):
                    self.parts[str(index)] = nn.ReLU()
                elif isinstance(node, Sigmoid):
                    self.parts[str(index)] = Table(program, node)
            self.others = [np.zeros(0)]

        def forward(self, clip: torch.Tensor) -> torch.Tensor:
            values = {program.nodes[0].writes: clip}
            for index, node in enumerate(program.nodes[1:-1], start=1):
                inputs = [values[wire] for wire in node.reads]
                values[node.writes] = self.run(str(index), node, inputs)
            return values[program.nodes[-1].reads[0]]

        def run(self, name: str, node: Node, inputs: list[torch.Tensor]) -> torch.Tensor:
            bits = program.wires[node.writes].bits
            if isinstance(node, Linear):
                sums = self.parts[name](inputs[0]).detach().numpy().astype(np.int64)
                return torch.tensor(requantize(sums + node.bias, node.shift, bits).astype(np.float64))
            if name in self.parts:
                return self.parts[name](inputs[0])
            return meant(program, node, inputs)

    class Table(nn.Sigmoid):
        def __init__(self, program: Program, node: Node) -> None:
            super().__init__()
            self.meaning_of = (program, node)

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return meant(*self.meaning_of, [values])

    return Equal()


def meant(program: Program, node: Node, inputs: list[Any]) -> Any:
    """What the interpreter makes of tensors [1, frames, width]."""
    import torch

    codes = [each[0].numpy().astype(np.int64) for each in inputs]
    target = program.wires[node.writes]
    if isinstance(node, DiagonalRecurrence):
        step = bind(node, np.arange(target.width), Target(target.bits))
        state, result = np.zeros(target.width, np.int64), np.zeros(codes[0].shape, np.int64)
        for frame, drive in enumerate(codes[0]):
            state, result[frame] = step([drive], state)
    else:
        result = meaning(node, codes, target)
    return torch.tensor(np.asarray(result, np.float64)[np.newaxis])


def measured_by_the_package(program: Program, codes: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
    import torch

    torch_model, connection, footprint, activation, operations = package()
    model = torch_model(torch_module(program))
    model.register_hooks()
    batch = torch.tensor(codes.astype(np.float64))[np.newaxis]
    answers = model(batch)
    counted = operations()(model, answers, (batch, None))
    found = {
        "connection": connection()(model),
        "footprint": footprint()(model),
        "activation": activation()(model, answers, (batch, None)),
        **counted,
    }
    return found, answers[0].numpy()


@pytest.mark.long  # PyTorch alone takes seconds to load
def test_the_package_counts_the_same() -> None:
    package()
    program, codes = some()
    program = without_complex_relu(program)
    ours: Metrics = neurobench_metrics(program, [codes])
    theirs, answers = measured_by_the_package(program, codes)
    assert np.array_equal(answers.astype(np.int16), run_codes(program, codes))
    assert theirs["connection"] == ours.connection_sparsity
    assert theirs["activation"] == ours.activation_sparsity
    assert theirs["Dense"] == ours.dense * FRAMES
    assert theirs["Effective_MACs"] == ours.effective_macs * FRAMES
    assert theirs["Effective_ACs"] == ours.effective_acs * FRAMES
    weights = sum(node.weight.nbytes for node in program.nodes if isinstance(node, Linear))
    assert (
        theirs["footprint"] == 8 * weights
    )  # float64 there, int8 here; our constants are no parameters there


def without_complex_relu(program: Program) -> Program:
    """The program with plain ReLUs in place of complex ones, of which PyTorch has no module."""
    import dataclasses

    nodes = [
        Relu(node.source, node.target) if isinstance(node, ComplexRelu) else node for node in program.nodes
    ]
    return dataclasses.replace(program, nodes=tuple(nodes))
