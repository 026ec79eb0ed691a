"""The windows before and after the transforms. The engine's circle.c mirrors this file.

An asymmetric pair looks as far back as the others, but lets out the last two hops alone, so that sound is late by one
hop in place of nearly a window. What was listened to is a Hann root that rises for half of the window, stays, and
falls within the last hop; both together are a Hann window of two hops. After Mauler and Martin, "A low delay, variable
resolution, perfect reconstruction spectral analysis-synthesis system for speech enhancement", EUSIPCO 2007.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

WindowKind = Literal["rectangular", "sqrt_hann", "asymmetric"]


def check_window_kind(kind: str, window: int, hop: int) -> None:
    """Look whether there is a pair of this kind.

    Raises:
        ValueError: the kind is unknown, or an asymmetric pair would have no flat part.
    """
    if kind not in get_args(WindowKind):
        raise ValueError(
            f"window_kind={kind!r} is unknown, so no window can be made; choose one of "
            f"{', '.join(get_args(WindowKind))}."
        )
    if kind == "asymmetric" and 4 * hop > window:
        raise ValueError(
            f"hop={hop} is more than a quarter of window={window}, so an asymmetric window would have no flat part; "
            f"choose {window // 4} or less."
        )


def synthesis_length(kind: str, window: int, hop: int) -> int:
    """How many samples at the end of a window come out."""
    return 2 * hop if kind == "asymmetric" else window


def windows(kind: str, window: int, hop: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Before and after the transforms, each [window], not yet scaled."""
    if kind == "rectangular":
        return np.ones(window), np.ones(window)
    analysis = _sqrt_hann(window)
    if kind == "sqrt_hann":
        return analysis, analysis
    short, synthesis = _sqrt_hann(2 * hop), np.zeros(window)
    analysis[window // 2 :] = 1
    analysis[-hop:] = short[hop:]
    synthesis[-2 * hop : -hop] = short[:hop] ** 2
    synthesis[-hop:] = short[hop:]
    return analysis, synthesis


def _sqrt_hann(size: int) -> NDArray[np.float64]:
    return np.sqrt(0.5 * (1 - np.cos(2 * np.pi * np.arange(size) / size)))
