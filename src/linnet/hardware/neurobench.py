"""The metrics of NeuroBench for a Program, by its definitions (Yik et al., Nature Communications 2025; package 2.3.0).

They are computed on the integers that are deployed. Matrices are NeuroBench's connections; ReLU and the output's
sigmoid its activation modules. Recurrence, gate and diagonal are no connections there, so their products are a line of
ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linnet.ir import (
    ComplexRelu,
    Linear,
    Program,
    Relu,
    Sigmoid,
    advance_codes,
    initial_state,
    packed_sizes,
    take_account,
)


@dataclass(frozen=True)
class Metrics:
    """NeuroBench's figures, and two of ours beside them.

    `footprint_bytes`: all constants, weights that are 0 included; `packed_bytes` (ours): as the model file packs them.
    `connection_sparsity`, `activation_sparsity`: shares of zeros. `dense`, `effective_macs`, `effective_acs`: synaptic
    operations per frame; NeuroBench divides by samples, which are clips, so theirs are these times the frames of a
    clip. `element_macs` (ours): products per frame of recurrence, gate and diagonal.
    """

    footprint_bytes: int
    packed_bytes: int
    parameter_count: int
    connection_sparsity: float
    activation_sparsity: float
    dense: float
    effective_macs: float
    effective_acs: float
    element_macs: float
    execution_rate_hz: float
    frames: int


def neurobench_metrics(program: Program, clips: Sequence[npt.NDArray[np.int16]]) -> Metrics:
    """The metrics on some clips, each int16 codes [frames, in] behind Quantize, from rest.

    Raises:
        ValueError: there is no frame.
    """
    accounts = [take_account(program, clip) for clip in clips]
    if not accounts:
        raise ValueError("no clip came, so no activation can be counted; give at least one.")
    account = sum(accounts[1:], start=accounts[0])
    linears = {index: node for index, node in enumerate(program.nodes) if isinstance(node, Linear)}
    weights = sum(node.weight.size for node in linears.values())
    zeros = weights - sum(int(np.count_nonzero(node.weight)) for node in linears.values())
    accumulated = [_accumulates_only(program, clip, tuple(linears.values())) for clip in clips]
    acs = sum(
        each.macs[index]
        for each, only in zip(accounts, accumulated, strict=True)
        for index, node in linears.items()
        if only[node.source]
    )
    connected = sum(account.macs[index] for index in linears)
    arrays = [array for node in program.nodes for array in node.arrays]
    return Metrics(
        footprint_bytes=sum(array.nbytes for array in arrays),
        packed_bytes=packed_sizes(program).total.stored_bytes,
        parameter_count=sum(array.size for array in arrays),
        connection_sparsity=round(zeros / weights, 4) if weights else 0.0,
        activation_sparsity=_activation_sparsity(program, account.active, account.frames),
        dense=float(sum(node.weight.size * node.repeat for node in linears.values())),
        effective_macs=(connected - acs) / account.frames,
        effective_acs=acs / account.frames,
        element_macs=(sum(account.macs) - connected) / account.frames,
        execution_rate_hz=1 / program.metadata.front_end.frame_seconds,
        frames=account.frames,
    )


def _activation_sparsity(program: Program, active: Sequence[int], frames: int) -> float:
    """Zeros over outputs of all activation modules."""
    outputs = [node.writes for node in program.nodes if isinstance(node, Relu | ComplexRelu | Sigmoid)]
    count = frames * sum(program.wires[wire].width for wire in outputs)
    return (count - sum(active[wire] for wire in outputs)) / count if count else 0.0


def _accumulates_only(
    program: Program, clip: npt.NDArray[np.int16], linears: Sequence[Linear]
) -> dict[int, bool]:
    """For every wire that a matrix reads: whether all its codes on the clip are -1, 0 or 1, which need no product."""
    found: dict[int, bool] = {}
    read = {node.source for node in linears}

    def trace(wire: int, values: npt.NDArray[np.signedinteger]) -> None:
        if wire in read:
            found[wire] = bool(np.all(np.abs(values.astype(np.int64)) <= 1))

    advance_codes(program, initial_state(program), clip, trace=trace)
    return found
