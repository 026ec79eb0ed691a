"""Running means of the front end (of features, of samples): how far one moves in a frame, and what can be none."""

from math import exp, inf

import numpy as np


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
