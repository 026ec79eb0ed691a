"""How samples are stored in a file: which encodings are written, and the codes of each. Files are files.py's."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

ENCODINGS = {"PCM_16": 16, "PCM_24": 24, "FLOAT": 32}
"""How samples are written, and the bits of each."""


def codes_of(samples: NDArray[np.float32], bits: int) -> NDArray[Any]:
    """float32 [n, channels] as what soundfile stores unrounded: int16, int32 (left-justified) or float32."""
    if bits == 32:
        return samples
    largest = 2 ** (bits - 1)
    codes = np.clip(np.rint(samples.astype(np.float64) * largest), -largest, largest - 1)
    return codes.astype(np.int16) if bits == 16 else codes.astype(np.int32) << 8


def encoding_like(subtype: str) -> str:
    """The encoding that keeps what a file of this soundfile subtype holds; compressed files become 16 bit."""
    if subtype in ("FLOAT", "DOUBLE"):
        return "FLOAT"
    return "PCM_24" if subtype in ("PCM_24", "PCM_32") else "PCM_16"
