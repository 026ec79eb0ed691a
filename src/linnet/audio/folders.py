"""The one walk over folders of recordings: which files are read, and which sound is there that cannot be.

Hidden files and folders are passed over: drafts, and the `._x.wav` that macOS leaves on other disks.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from linnet.audio.formats import AUDIO_SUFFIXES

UNREAD_SUFFIXES = (
    *(".m4a", ".aac", ".mp4", ".m4b", ".m4v", ".mov", ".wma", ".webm", ".mka", ".mkv", ".amr", ".ape", ".wv"),
    *(".ac3", ".dsf", ".dff", ".ra", ".3gp", ".spx", ".tta", ".mpc", ".avi"),
)
"""What holds sound that libsndfile does not read."""

NAMED_AT_MOST = 3
FILE_ID = re.compile(r"fileid_(\d+)$")


@dataclass(frozen=True)
class Listing:
    """Files below a folder, in the order of their paths: those that are read, and sound that cannot be."""

    recordings: tuple[Path, ...]
    unread: tuple[Path, ...] = ()


def list_recordings(folder: Path, *, deep: bool = True) -> Listing:
    """Look through a folder that exists; with `deep` also through those within it."""
    files = [path for path in (folder.rglob("*") if deep else folder.iterdir()) if _is_shown(path, folder)]
    return Listing(_ending(files, AUDIO_SUFFIXES), _ending(files, UNREAD_SUFFIXES))


def file_id_of(path: Path) -> int | None:
    """The N of a name that ends in fileid_N, as the DNS challenges pair files; None for other names."""
    match = FILE_ID.search(path.stem)
    return int(match.group(1)) if match else None


def unread_text(unread: Iterable[Path]) -> str:
    """What to say of sound that cannot be read; nothing where there is none."""
    paths = sorted(unread)
    if not paths:
        return ""
    named = ", ".join(map(str, paths[:NAMED_AT_MOST]))
    more = f" and {len(paths) - NAMED_AT_MOST} more" if len(paths) > NAMED_AT_MOST else ""
    were = "was" if len(paths) == 1 else "were"
    return (
        f"{named}{more} {were} passed over, for Linnet does not read such files; convert them to WAV or FLAC."
    )


def _is_shown(path: Path, folder: Path) -> bool:
    return not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _ending(paths: Iterable[Path], suffixes: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(sorted(path for path in paths if path.suffix.lower() in suffixes and path.is_file()))
