"""A second interpreter, in plain Python integers, written from the equations alone and slow.

It exists to disagree with linnet.ir.interpreter if that ever strays: no NumPy arithmetic, no blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from linnet.ir import Program, Recurrence
from linnet.numerics import SIGMOID_TABLE


def rounded(value: int, shift: int) -> int:
    return math.floor(Fraction(value) / Fraction(2) ** shift + Fraction(1, 2))


def clamp(value: int, bits: int) -> int:
    return max(-(1 << (bits - 1)), min((1 << (bits - 1)) - 1, value))


def requantize(value: int, shift: int, bits: int) -> int:
    return clamp(rounded(value, shift), bits)


def sigmoid15(code: int) -> int:
    segment, part = divmod(code + 32768, 128)
    low, high = int(SIGMOID_TABLE[segment]), int(SIGMOID_TABLE[segment + 1])
    return low + rounded((high - low) * part, 7)


def run_codes(program: Program, codes: np.ndarray) -> list[list[int]]:
    """Every frame's output codes."""
    states: dict[int, list[int]] = {}
    return [_frame(program, states, [int(code) for code in frame]) for frame in codes]


def _frame(program: Program, states: dict[int, list[int]], codes: list[int]) -> list[int]:
    first = program.nodes[0].writes
    values = {first: [clamp(code, program.wires[first].bits) for code in codes]}
    for index, node in enumerate(program.nodes[1:-1]):
        inputs = [values[wire] for wire in node.reads]
        bits = program.wires[node.writes].bits
        name = type(node).__name__
        if isinstance(node, Recurrence):
            before = states.get(index, [0] * len(inputs[0]))
            states[index] = _RECURRENCES[name](node, before, *inputs)
            values[node.writes] = [requantize(value, node.out_shift, bits) for value in states[index]]
        else:
            values[node.writes] = _KINDS[name](node, *inputs, bits=bits)
        if bits != 32:
            assert all(value == clamp(value, bits) for value in values[node.writes])
    return values[program.nodes[-1].reads[0]]


def _recur(node, state, drive):
    half = len(state) // 2
    re_after, im_after = [], []
    for p in range(half):
        mu_re, mu_im, places = (int(x[p]) for x in (node.decay_re, node.decay_im, node.decay_shift))
        re, im = state[p], state[half + p]
        re_after.append(clamp(re + rounded(mu_re * re - mu_im * im, places) + drive[p], 32))
        im_after.append(clamp(im + rounded(mu_re * im + mu_im * re, places) + drive[half + p], 32))
    return re_after + im_after


def _recur_gated(node, state, candidates, control):
    after = []
    for h, candidate, z in zip(state, candidates, control, strict=True):
        v = clamp(candidate, 24)
        after.append(h + rounded(sigmoid15(z) * (v - h), 15))
        assert min(h, v) <= after[-1] <= max(h, v)
    return after


_RECURRENCES: dict[str, Callable[..., list[int]]] = {
    "DiagonalRecurrence": _recur,
    "GatedRecurrence": _recur_gated,
}


def _linear(node, source, *, bits):
    rows = list(zip(node.weight.tolist(), node.bias.tolist(), node.shift.tolist(), strict=True))
    columns = node.weight.shape[1]
    groups = [source[columns * i : columns * (i + 1)] for i in range(node.repeat)]
    assert sum(map(len, groups)) == len(source)
    sums = [
        (sum(w * x for w, x in zip(row, group, strict=True)) + bias, shift)
        for group in groups
        for row, bias, shift in rows
    ]
    assert all(abs(value) < 2**31 for value, _ in sums)
    return [requantize(value, shift, bits) for value, shift in sums]


def _scale(node, source, *, bits):
    rows = zip(source, node.weight.tolist(), node.bias.tolist(), node.shift.tolist(), strict=True)
    return [requantize(w * x + bias, shift, bits) for x, w, bias, shift in rows]


def _complex_relu(node, source, *, bits):
    half = len(source) // 2
    return [value if source[place % half] > 0 else 0 for place, value in enumerate(source)]


def _add(node, source, other, *, bits):
    pairs = zip(source, other, strict=True)
    return [
        requantize(a * 2**node.source_shift + b * 2**node.other_shift, node.shift, bits) for a, b in pairs
    ]


_KINDS: dict[str, Callable[..., list[int]]] = {
    "Linear": _linear,
    "Scale": _scale,
    "ComplexRelu": _complex_relu,
    "Add": _add,
    "Relu": lambda node, source, *, bits: [max(value, 0) for value in source],
    "Gate": lambda node, source, control, *, bits: [
        requantize(x * sigmoid15(z), 15, bits) for x, z in zip(source, control, strict=True)
    ],
    "Sigmoid": lambda node, source, *, bits: [min(sigmoid15(z), 32767) for z in source],
}
