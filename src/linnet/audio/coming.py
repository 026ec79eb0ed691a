"""Recordings that are read in the background while work begins; whoever needs one first reads it at once.

The samples are those of recordings.py's `load`. A file that cannot be read ends whoever cuts next, whatever is cut.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread, get_native_id
from typing import Any

from linnet.audio.files import AudioError
from linnet.audio.recordings import LoadedRecording, Signal, leave_on_disk, load

STEPS_BACK = 10
"""By how much a reading thread is nicer than its process: on one core it gets a tenth of what is left."""


@dataclass
class Reading:
    """What threads that read together share: the error that ended them."""

    error: AudioError | None = None


@dataclass
class ComingRecording:
    """A recording whose length is known, and whose samples are held from the first time they are asked for."""

    name: str
    label: str
    path: Path
    samples: int
    sample_rate_hz: int
    reading: Reading
    _held: LoadedRecording | None = None
    _lock: Any = field(default_factory=Lock, repr=False)

    def cut(self, start: int, samples: int) -> Signal:
        """Samples start..start+samples as float32; fewer where the recording ends.

        Raises:
            AudioError: this file, or one of those read with it, is damaged.
        """
        return self.loaded().cut(start, samples)

    def loaded(self) -> LoadedRecording:
        """The recording in memory, read now if it is not yet.

        Raises:
            AudioError: as `cut`.
        """
        if self.reading.error is not None:
            raise self.reading.error
        with self._lock:
            if self._held is None:
                held = load(self.path, self.label, self.sample_rate_hz)
                self._refuse_other_length(held)
                self._held = held
            return self._held

    def _refuse_other_length(self, held: LoadedRecording) -> None:
        if held.samples != self.samples:
            found, told = (samples / self.sample_rate_hz for samples in (held.samples, self.samples))
            raise AudioError(
                f"{self.path} has {found:.2f} s of sound and says {told:.2f} s, so it is damaged; "
                "copy or export it again."
            )

    def __reduce__(self) -> tuple[Any, ...]:
        """Other processes get it read."""
        held = self.loaded()
        return LoadedRecording, (held.name, held.label, held.codes)


def coming(path: Path, label: str, sample_rate_hz: int, reading: Reading) -> ComingRecording:
    """Look only at the length of one file; `reading` is shared by those that are read together.

    Raises:
        AudioError: the file cannot be read.
    """
    filed = leave_on_disk(path, label, sample_rate_hz)
    return ComingRecording(filed.name, label, path, filed.samples, sample_rate_hz, reading)


def read_in_background(recordings: Iterable[ComingRecording], reading: Reading) -> None:
    """Begin to read recordings in their order, by a thread for each core; they end with the process, if not before."""
    waiting, lock = iter(tuple(recordings)), Lock()

    def read() -> None:
        _step_back()
        while reading.error is None:
            with lock:
                recording = next(waiting, None)
            if recording is None:
                return
            try:
                recording.loaded()
            except AudioError as error:
                reading.error = error

    for _ in range(os.cpu_count() or 1):
        Thread(target=read, name="linnet-read", daemon=True).start()


def _step_back() -> None:
    """Let whatever else runs on this core, such as a compiler, go before this thread."""
    if sys.platform == "linux":  # elsewhere a process has one priority for all its threads
        thread = get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + STEPS_BACK)
