"""Mixtures without recordings, for measuring how fast training is."""

import numpy as np

from linnet.audio.synthetic import pink, speech_like
from linnet.tasks.denoise.mixtures import Batch


def generated_batch(count: int, seconds: float, rate_hz: int) -> Batch:
    """Generated speech in pink noise and without: float32 [count, samples] each."""
    rng, samples = np.random.default_rng(0), round(seconds * rate_hz)
    clean = np.stack([speech_like(rng, samples, rate_hz) for _ in range(count)]).astype(np.float32)
    noise = np.stack([pink(rng, samples, rate_hz) for _ in range(count)]).astype(np.float32)
    return Batch(clean + 0.3 * noise, clean)
