"""The one writer of files: a file appears whole or not at all, and an older one of its name survives every failure.

Content goes to a draft in the target's folder, `.linnet-….partial`. Its suffix is no recording's, so no walk over
recordings takes it up, and its name is short, so the target's may have 255 bytes. Then fsync, rename, fsync of the
folder. A draft is removed on every error and on Ctrl-C; the command line turns SIGTERM and SIGHUP into Ctrl-C.
"""

from __future__ import annotations

import atexit
import errno
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

SUFFIX = ".partial"
"""What the name of every draft ends in."""

_REASONS = {
    errno.ENOSPC: ("disk full", "make room, or choose another folder"),
    errno.EDQUOT: ("disk full: your quota is used up", "make room, or choose another folder"),
    errno.ENAMETOOLONG: ("the name is too long for this disk", "choose a shorter one"),
    errno.EACCES: ("permission denied", "choose another folder, or allow writing there"),
    errno.EPERM: ("permission denied", "choose another folder, or allow writing there"),
    errno.EROFS: ("the disk is read-only", "choose another folder"),
    errno.ENOENT: ("its folder does not exist", "make the folder first, or correct the path"),
}
_unfinished: dict[Path, int] = {}  # drafts by the process that began them


class WriteError(OSError):
    """A file that cannot be written: which, why, and what to do. What was there before is there still."""

    def __init__(
        self, path: str | os.PathLike[str], error: OSError, *, left: str = "nothing was changed"
    ) -> None:
        """Say that `path` could not be written for the reason of `error`, and what is `left` of it."""
        super().__init__(error.errno, error.strerror, os.fspath(path))
        reason, remedy = _REASONS.get(
            error.errno or 0, (error.strerror or str(error), "choose another name or folder")
        )
        self.message = f"{os.fspath(path)} cannot be written ({reason}), so {left}; {remedy}."

    def __str__(self) -> str:
        """The message."""
        return self.message


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an error of the operating system in the statement into a WriteError that names `path`."""
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        raise WriteError(path, error) from error


class KeptWhereAllEndsWell:
    """What a `with` statement keeps where it ends well, and else discards."""

    def keep(self) -> None:
        """Let it appear under its own name."""
        raise NotImplementedError

    def discard(self) -> None:
        """Remove it."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """The draft itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep or remove it."""
        if kind is None:
            self.keep()
        else:
            self.discard()


class Draft(KeptWhereAllEndsWell):
    """A file on its way to `target`. In a `with` statement: kept where the statement ends well, else removed."""

    def __init__(self, target: str | os.PathLike[str]) -> None:
        """Open an empty draft, `file`, for reading and writing bytes.

        Raises:
            WriteError: the folder takes no file, the name is too long, or the target is no regular file.
        """
        self.target = Path(target)
        with writing(target):
            self._place = Path(os.path.realpath(target))
            self._mode = _mode_of(self._place)
            self._partial = begin_draft(self._place.parent)
            try:
                self.file = open(self._partial, "xb+")  # noqa: SIM115 - closed by keep and discard
            except BaseException:
                remove_draft(self._partial)
                raise

    def finish(self) -> None:
        """Bring the content to the disk and close the draft; it has no name yet.

        Raises:
            WriteError: the disk does not take it; the draft is removed.
        """
        try:
            with writing(self.target):
                self.file.flush()
                if self._mode is not None:
                    os.chmod(self._partial, self._mode)
                os.fsync(self.file.fileno())
                self.file.close()
        except BaseException:
            self.discard()
            raise

    def keep(self) -> None:
        """Give the draft its name, in place of an older file.

        Raises:
            WriteError: the disk does not take it; the draft is removed.
        """
        if not self.file.closed:
            self.finish()
        try:
            with writing(self.target):
                os.replace(self._partial, self._place)
                sync_folder(self._place.parent)
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove the draft, if it is there still."""
        with suppress(OSError):  # an earlier failure is what is told
            self.file.close()
        remove_draft(self._partial)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file whole or not at all, even through a power cut; WriteError where the disk does not take it."""
    with Draft(path) as draft, writing(path):
        draft.file.write(content)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """`write_bytes` of UTF-8; parts of file names that are no text are written as escapes."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write files that belong together: all of them, or on an error none, older ones staying as they were."""
    with ExitStack() as undo:
        drafts = []
        for path, content in contents.items():
            draft = Draft(path)
            undo.callback(draft.discard)
            with writing(path):
                draft.file.write(content)
            draft.finish()
            drafts.append(draft)
        older = [undo.enter_context(_older(path)) for path in contents]
        try:
            for draft in drafts:
                draft.keep()
        except BaseException:
            for path, copy in zip(contents, older, strict=True):
                _put_back(Path(os.path.realpath(path)), copy)
            raise


def append_line(path: str | os.PathLike[str], line: str) -> None:
    """Append a line to a log; WriteError where the disk does not take it."""
    with writing(path), open(path, "ab", buffering=0) as file:
        rest = line.encode("utf-8", "backslashreplace") + b"\n"
        while rest:  # a disk that fills up takes a part
            rest = rest[file.write(rest) :]


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; Windows opens no folder, and does it by itself."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _older(path: Path) -> Iterator[Path | None]:
    """A second name of the file that is there, while others are put in place; None where there is none."""
    place = Path(os.path.realpath(path))
    if not place.exists():
        yield None
        return
    copy = begin_draft(place.parent)
    try:
        with writing(path):
            try:
                os.link(place, copy)
            except OSError:  # a disk without links
                shutil.copy2(place, copy)
        yield copy
    finally:
        remove_draft(copy)


def _put_back(place: Path, copy: Path | None) -> None:
    with suppress(OSError):
        if copy is None:
            place.unlink(missing_ok=True)
        else:
            os.replace(copy, place)


def _mode_of(place: Path) -> int | None:
    """The permissions of the file to be replaced; None where there is none."""
    try:
        mode = os.lstat(place).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise OSError(errno.EEXIST, "it exists and is no regular file, so it is not replaced")
    return stat.S_IMODE(mode)


def begin_draft(folder: Path) -> Path:
    """Return a name for a draft in `folder`, which is removed at the latest when this process ends."""
    path = folder / f".linnet-{secrets.token_hex(8)}{SUFFIX}"
    _unfinished[path] = os.getpid()
    return path


def remove_draft(path: Path) -> None:
    """Remove a file or folder of `begin_draft`, if it is there."""
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    _unfinished.pop(path, None)


@atexit.register
def _remove_unfinished() -> None:
    for path in [path for path, process in _unfinished.items() if process == os.getpid()]:
        remove_draft(path)
