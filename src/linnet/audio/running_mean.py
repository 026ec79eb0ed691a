"""Running means of the front end (of features, of samples): how far one moves in a frame, and what can be none."""

from math import exp, inf
from typing import Any

import numpy as np

Array = Any
"""A NumPy or a JAX array."""

LARGEST_BOUND = 1000.0


def step_of(time_constant_ms: float, frame_ms: float) -> np.float32:
    """How far a running mean of this time constant moves in a frame; 0 where there is none."""
    if time_constant_ms == 0:
        return np.float32(0)
    return np.float32(1 - exp(-frame_ms / time_constant_ms))


def check_means(level_floor: float, **at_least_zero: float) -> None:
    """Check what running means are made of, each by the name that the front end gives it.

    Raises:
        ValueError: NaN, infinite or negative, or a floor that is not above 0.
    """
    for name, value in at_least_zero.items():
        if not 0 <= value < inf:
            raise ValueError(
                f"{name}={value!r} is below 0 or not finite, so no running mean can be made of it; give a finite "
                "number, 0 or above."
            )
    if not 0 < level_floor < inf:
        raise ValueError(
            f"level_floor={level_floor!r} is not a finite number above 0, so silence could not be divided by it; "
            "0.03 is usual."
        )


def check_bounds(level_least: float, level_most: float, *, follows: bool = True) -> None:
    """Check what a running level is held between, as shares of the mean of a frame; 0 is no bound.

    Raises:
        ValueError: a frame's own mean would lie outside, or no level follows that they could hold.
    """
    if not 0 <= level_least <= 1:
        raise ValueError(
            f"level_least={level_least!r} is no share of a frame's mean size; give 0 (no bound) to 1; 0.75 is usual."
        )
    if not (level_most == 0 or 1 <= level_most <= LARGEST_BOUND):
        raise ValueError(
            f"level_most={level_most!r} is no multiple of a frame's mean size; give 0 (no bound), or 1 to "
            f"{LARGEST_BOUND:g}; 2 is usual."
        )
    if not follows and (level_least or level_most):
        raise ValueError(
            f"level_least={level_least:g} and level_most={level_most:g} hold a running level, and "
            "level_time_constant_ms=0 has none; set it (1000 is usual), or leave the bounds at 0."
        )


def bounded(level: Array, mean: Array, least: float, most: float) -> Array:
    """A level [...] at least `least` of the mean of a frame, and at most `most` times it; a bound of 0 is none."""
    xp = mean.__array_namespace__()
    if most:
        level = xp.minimum(level, np.float32(most) * mean)
    return xp.maximum(level, np.float32(least) * mean) if least else level
