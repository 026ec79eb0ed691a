"""One owner at a time for a folder that a command works in for long, such as the folder of a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

if sys.platform != "win32":  # there, nothing is locked
    import fcntl


class LockError(RuntimeError):
    """A folder that another process works in."""


class FolderLock:
    """A folder that is ours until the `with` statement ends, or the process, however it ends. Nothing is written."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Take the folder, which exists.

        Raises:
            LockError: another process has it.
        """
        self.folder = Path(folder)
        self._descriptor: int | None = None
        if sys.platform != "win32":
            self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            self._lock(self._descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.release()
            raise LockError(
                f"{self.folder} is being written by another process, and two would destroy each other's work; "
                "wait for it, or choose another folder."
            ) from error

    def release(self) -> None:
        """Give the folder back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> FolderLock:
        """The lock itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the folder back."""
        self.release()
