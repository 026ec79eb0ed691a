"""One owner at a time for a folder that a command works in for long, such as the folder of a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

if sys.platform != "win32":  # there, nothing is locked
    import fcntl

NAME = ".linnet.lock"


class LockError(RuntimeError):
    """A folder that another process works in."""


class FolderLock:
    """A folder that is ours until the `with` statement ends, or the process, however it ends."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Take the folder, which exists.

        Raises:
            LockError: another process has it.
            OSError: the folder cannot be written.
        """
        self.path = Path(folder) / NAME
        self._file: BinaryIO = open(self.path, "ab")  # noqa: SIM115 - it is the lock
        if sys.platform != "win32":
            self._lock()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise LockError(
                f"{self.path.parent} is being written by another process, and two would destroy each other's work; "
                "wait for it, or choose another folder."
            ) from error

    def release(self) -> None:
        """Give the folder back."""
        self._file.close()

    def __enter__(self) -> FolderLock:
        """The lock itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the folder back."""
        self.release()
