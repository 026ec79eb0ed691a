"""The kinds of recurrence that a map may name: from their tables to steps of a Network.

Which numbers a variant stands for is discretize.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.foreign import discretize
from linnet.foreign.network import Diagonal, Gated, Step, read_out, stacked
from linnet.foreign.refused import choose
from linnet.foreign.table import Table

Array = NDArray[Any]


def _discrete(table: Table) -> Diagonal:
    """Decays and B as they are."""
    decay = table.complex("lambda", rank=1)
    return _diagonal(table, decay, _entering(table, np.ones_like(decay.real)))


def _s5(table: Table) -> Diagonal:
    """Continuous eigenvalues, a learned step for each or for all, and a discretization."""
    Lambda = table.complex("lambda", rank=1)
    if table.flag("clip_eigs", False):
        Lambda = discretize.clipped(Lambda)
    step = _steps(table, Lambda.shape)
    decay, factor = _discretization(table)(Lambda, step)
    return _diagonal(table, decay, _entering(table, factor))


def _lru(table: Table) -> Diagonal:
    """The decays of LRU, and its factor of the input."""
    gamma_log = table.optional("gamma_log")
    decay, factor = discretize.linear_recurrent_unit(table.real("nu_log"), table.real("theta_log"), gamma_log)
    return _diagonal(table, decay, _entering(table, factor))


def _entering(table: Table, factor: Array) -> Array:
    """B with every row multiplied by its factor."""
    B = table.complex("B", rank=2)
    _refuse_other_states(table, "B", B, (factor.size, "rows"))
    return factor[:, None] * B


def _s4d(table: Table) -> Diagonal:
    """A recurrence and a step for each channel: log_A_real and A_imag, or lambda, and C, all [H, N]; B alike, or 1."""
    if "lambda" in table:
        Lambda = table.complex("lambda", rank=2)
    else:
        Lambda = -np.exp(table.real("log_A_real")) + 1j * table.real("A_imag")
    if Lambda.ndim != 2:
        raise ValueError(
            f"A of {table.where} is of shape {Lambda.shape}, but S4D has one row for each channel; name tensors of "
            "shape [channels, states]."
        )
    step = _steps(table, (Lambda.shape[0], 1))
    decay, factor = _discretization(table)(Lambda, step)
    B = table.complex("B", rank=2) if "B" in table else np.ones_like(factor)
    C = table.complex("C", rank=2)
    for key, array in (("B", B), ("C", C)):
        if array.shape != Lambda.shape:
            raise ValueError(
                f"{key} of {table.where} has shape {array.shape} and its A {Lambda.shape}, but S4D has one of each for "
                "each state of a channel; name others, or take one with index."
            )
    whole_B, whole_C = discretize.per_channel(B, factor * C)  # so B stays what it mostly is: ones
    return _diagonal(table, decay.reshape(-1), whole_B, C=whole_C, conj_sym=True)


def _steps(table: Table, shape: tuple[int, ...]) -> Array:
    """The steps, from `log_step` or `step`, as many as the shape has, or one for all; times `step_scale`."""
    step = np.exp(table.real("log_step")) if "log_step" in table else table.real("step")
    if step.size not in (1, int(np.prod(shape))):
        raise ValueError(
            f"the step of {table.where} has shape {step.shape}, but {int(np.prod(shape))} are needed, or one for all; "
            "name another tensor."
        )
    scale = np.asarray(table.number("step_scale", 1.0), step.dtype)
    return scale * (step.reshape(-1)[:1] if step.size == 1 else step.reshape(shape))


def _discretization(table: Table) -> Callable[[Array, Array], discretize.Discrete]:
    kind = choose(table.text("discretization", "zoh"), discretize.DISCRETIZATIONS, table.where)
    return discretize.DISCRETIZATIONS[kind]


def _diagonal(
    table: Table, decay: Array, B: Array, *, C: Array | None = None, conj_sym: bool = False
) -> Diagonal:
    """The step of discrete decays and B; C and D are read here, unless C is given."""
    C = table.complex("C", rank=2) if C is None else C
    _refuse_other_states(table, "C", C, (decay.size, "columns"))
    matrix = read_out(C, conjugates=table.flag("conj_sym", conj_sym))
    drive_bias, bias = np.zeros(2 * decay.size, matrix.dtype), table.bias("bias", matrix.shape[0])
    return Diagonal(table.where, stacked(decay), stacked(B), drive_bias, matrix, table.optional("D"), bias)


def _refuse_other_states(table: Table, name: str, matrix: Array, needed: tuple[int, str]) -> None:
    states, axis = needed
    if matrix.shape[("rows", "columns").index(axis)] != states:
        raise ValueError(
            f"{name} of {table.where} has shape {matrix.shape} beside {states} decays; it needs as many {axis}; name "
            "another tensor, or turn it with transposed = true."
        )


def _mingru(table: Table) -> Gated:
    """minGRU: h' = h + sigmoid(gate(u)) (value(u) - h)."""
    value, gate = table.matrix("value"), table.matrix("gate")
    biases = table.bias("value_bias", value.shape[0]), table.bias("gate_bias", gate.shape[0])
    return Gated(table.where, value, biases[0], gate, biases[1])


RECURRENCES: dict[str, Callable[[Table], Step]] = {
    "discrete": _discrete,
    "s5": _s5,
    "lru": _lru,
    "s4d": _s4d,
    "mingru": _mingru,
}
