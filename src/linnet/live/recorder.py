"""Both sides onto the disk while sound passes: a thread writes what the callback hands over."""

from __future__ import annotations

import queue
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from linnet.audio.files import AudioInfo, AudioWriter
from linnet.live.blocks import Sound


class Recorder:
    """Writes blocks before and after to a file each, or to one of them. Use it in a `with` statement.

    The files appear when the statement ends, whole; on an error neither does.
    """

    def __init__(self, before: Path | None, after: Path | None, sample_rate_hz: int) -> None:
        """Prepare the files.

        Raises:
            AudioError: one of them cannot be written.
        """
        info = AudioInfo(sample_rate_hz, channels=1, samples=0, encoding="FLOAT")
        self.error: Exception | None = None
        self._blocks: queue.SimpleQueue[tuple[Sound, Sound] | None] = queue.SimpleQueue()
        self._files = ExitStack()
        try:
            self._writers = [
                self._files.enter_context(AudioWriter(path, info)) if path is not None else None
                for path in (before, after)
            ]
        except BaseException as error:
            self._files.__exit__(type(error), error, error.__traceback__)
            raise
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)

    def take(self, before: Sound, after: Sound) -> None:
        """Take a block of each side; returns at once."""
        self._blocks.put((before, after))

    def __enter__(self) -> Self:
        """Begin to write."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left; then keep the files, or with an error none of them."""
        self._blocks.put(None)
        self._thread.join()
        if kind is None and self.error is not None:
            self._files.__exit__(type(self.error), self.error, self.error.__traceback__)
            raise self.error
        self._files.__exit__(kind, error, trace)

    def _write(self) -> None:
        while (pair := self._blocks.get()) is not None:
            if self.error is None:
                self._write_pair(pair)

    def _write_pair(self, pair: tuple[Sound, Sound]) -> None:
        try:
            for writer, block in zip(self._writers, pair, strict=True):
                if writer is not None:
                    writer.write(np.nan_to_num(block))
        except Exception as error:
            self.error = error
