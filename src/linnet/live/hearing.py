"""Blocks of a microphone, from the callback of its device to the thread that listens. The callback never waits."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from typing import Any

from linnet.live.blocks import Sound
from linnet.live.lost import LostSound


class Hearing:
    """The callback of a stream of float32 [n, 1] in; `blocks` gives what came, in order."""

    def __init__(self, sample_rate_hz: int) -> None:
        """Begin with nothing heard."""
        self.lost = LostSound(sample_rate_hz)
        self.overflows = 0
        """How often the device lost sound, since the machine was too slow."""
        self._blocks: queue.SimpleQueue[Sound] = queue.SimpleQueue()

    def __call__(self, sound_in: Sound, frames: int, _time: Any, status: Any) -> None:
        """Take a block."""
        self.lost.take(frames)
        self.overflows += bool(status.input_overflow)
        self._blocks.put(sound_in[:, 0].copy())

    def blocks(
        self, *, seconds: float, stalled_seconds: float, is_active: Callable[[], bool]
    ) -> Iterator[Sound]:
        """Blocks [n] as they come, until `seconds` have passed.

        Raises:
            TimeoutError: the device has stopped, or no block came for `stalled_seconds`.
        """
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            try:
                block = self._blocks.get(timeout=min(left, stalled_seconds))
            except queue.Empty:
                if left <= stalled_seconds:
                    return
                raise TimeoutError from None
            yield block
            if not is_active() and self._blocks.empty():
                raise TimeoutError
