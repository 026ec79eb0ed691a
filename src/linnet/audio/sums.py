"""Sums in the order in which the engine adds: eight interleaved lanes, then what is left over.

A vector of any length can add in this order, so every form of the engine has the same bits (front.h: sum).
"""

from typing import Any

Array = Any
"""A NumPy or a JAX array."""


def lane_sum(values: Array) -> Array:
    """Sum over the last axis, eight interleaved lanes first: float32 [..., n] to float32 [...]."""
    count = values.shape[-1]
    in_lanes = count // 8 * 8
    if in_lanes == 0:
        total = values[..., 0]
        for i in range(1, count):
            total = total + values[..., i]
        return total
    rows = values[..., :in_lanes].reshape(*values.shape[:-1], -1, 8)
    lanes = rows[..., 0, :]
    for i in range(1, rows.shape[-2]):
        lanes = lanes + rows[..., i, :]
    s = [lanes[..., j] for j in range(8)]
    total = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
    for i in range(in_lanes, count):
        total = total + values[..., i]
    return total
