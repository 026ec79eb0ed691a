"""Change of sample rate. (being extended)"""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly


def resample(audio: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """`audio` [samples, ...] at `to_hz`."""
    return resample_poly(audio, to_hz, from_hz).astype(np.float32)
