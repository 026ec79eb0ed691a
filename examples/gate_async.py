"""Clean and gate many streams in one asyncio program, as a server of calls would.

The engine lets other threads run while it computes, so a thread for each push keeps the event loop free:

    python examples/gate_async.py examples/noisy/fan.wav examples/noisy/keyboard.wav

prints how much of each recording holds speech. What holds none for half a second is silent in the result.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

import linnet

Sound = NDArray[np.float32]

BLOCK_SECONDS = 0.02
SPEAKS, HOLD_FRAMES = 0.5, 31  # a gate opens at this activity, and closes half a second after the last


async def arriving(path: str) -> AsyncIterator[tuple[Sound, int]]:
    """Yield the blocks of a recording and its rate, as a connection would bring them."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    size = round(BLOCK_SECONDS * rate_hz)
    for start in range(0, len(samples), size):
        yield samples[start : start + size, 0], rate_hz
        await asyncio.sleep(0)


async def gated(denoiser: linnet.Denoiser, path: str) -> tuple[Sound, float]:
    """Return the clean sound, silent where nobody speaks, and the share of frames with speech."""
    stream: Any = None
    cleaned, activity = [], []
    async for block, rate_hz in arriving(path):
        if stream is None:
            stream = denoiser.stream(sample_rate_hz=rate_hz)
            meter = linnet.SpeechMeter(rate_hz, delay_samples=stream.delay_samples)
        clean = await asyncio.to_thread(stream.push, block)
        activity.append(meter.push(block, clean))
        cleaned.append(clean)
    rest = stream.flush()
    activity.append(meter.push(block[:0], rest))
    speaks = np.concatenate(activity) >= SPEAKS
    is_open = np.convolve(speaks, np.ones(HOLD_FRAMES))[: len(speaks)] > 0
    sound = np.concatenate([*cleaned, rest])[stream.delay_samples :]
    gate = np.repeat(is_open, meter.frame_samples)
    sound[: len(gate)] *= gate
    return sound, float(speaks.mean())


async def main(paths: list[str]) -> None:
    """Serve every recording at the same time."""
    denoiser = linnet.Denoiser.from_pretrained()
    results = await asyncio.gather(*(gated(denoiser, path) for path in paths))
    for path, (_, share) in zip(paths, results, strict=True):
        print(f"{path}: {100 * share:.0f} % speech")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
