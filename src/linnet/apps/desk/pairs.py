"""Which recording belongs to which clean reference, by name, and how near one is to the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.apps.desk.console import stderr
from linnet.apps.desk.refusal import Refusal
from linnet.audio.files import AudioInfo
from linnet.audio.folders import file_id_of, list_recordings, unread_text
from linnet.audio.formats import READ_TEXT
from linnet.audio.metrics import si_snr


@dataclass(frozen=True)
class Pair:
    """A noisy recording and its clean reference."""

    name: str
    noisy: Path
    clean: Path


def pair_folders(noisy: Path, clean: Path) -> list[Pair]:
    """Pair the recordings of two folders by their path within them, or by fileid_N; suffixes need not agree.

    Raises:
        Refusal: a folder is missing or empty, a noisy recording has no reference, or a name stands twice.
    """
    references = index_by_key(clean, audio_below(clean))
    pairs, alone = [], []
    for path in audio_below(noisy):
        reference = references.get(key_of(path.relative_to(noisy)))
        if reference is None:
            alone.append(path)
        else:
            pairs.append(Pair(str(path.relative_to(noisy)), path, reference))
    if alone:
        have = f" and {len(alone) - 1} more have" if len(alone) > 1 else " has"
        raise Refusal(
            f"{alone[0]}{have} no reference of the name in {clean}, so nothing is scored; "
            "give both folders files of the same names, or names ending in fileid_N."
        )
    return pairs


def find_reference(name: str, clean: Path) -> Path | None:
    """Return the clean reference of one recording, called `name` in its folder; None where there is none."""
    if clean.is_file():
        return clean
    return index_by_key(clean, audio_below(clean)).get(key_of(Path(name)))


def audio_below(folder: Path) -> list[Path]:
    """Return every audio file below a folder, sorted; refuse a folder without any."""
    if not folder.is_dir():
        raise Refusal(f"{folder} is not a folder, so there are no recordings in it; check the path.")
    listing = list_recordings(folder)
    if not listing.recordings:
        raise Refusal(
            f"{folder} holds no audio that can be read; name a folder with {READ_TEXT} files. "
            f"{unread_text(listing.unread)}".rstrip()
        )
    say_unread(listing.unread)
    return list(listing.recordings)


def say_unread(unread: Iterable[Path]) -> None:
    """Say on stderr which sound was passed over, if any."""
    if text := unread_text(unread):
        stderr.print(text, highlight=False, soft_wrap=True)


def recordings_of(paths: Iterable[Path]) -> list[Path]:
    """Return the recordings that a user named: files as they are, folders with all audio below them.

    Raises:
        Refusal: a folder holds no audio.
    """
    found = [below for path in paths for below in (audio_below(path) if path.is_dir() else [path])]
    return list(dict.fromkeys(found))


def index_by_key(folder: Path, paths: Iterable[Path]) -> dict[str, Path]:
    """Return the recordings by the key that pairs them; refuse two with one key."""
    index: dict[str, Path] = {}
    for path in paths:
        other = index.setdefault(key_of(path.relative_to(folder)), path)
        if other != path:
            raise Refusal(
                f"{other} and {path} would both be the reference of one recording; remove one of them."
            )
    return index


def key_of(name: Path) -> str:
    """Return what pairs have in common: fileid_N where the name ends so, else the path without suffix."""
    file_id = file_id_of(name)
    return name.with_suffix("").as_posix() if file_id is None else f"fileid_{file_id}"


def refuse_mismatch(path: Path, info: AudioInfo, reference: Path, wanted: AudioInfo) -> None:
    """Refuse a reference that differs from its recording in rate, channels or length."""
    if format_of(info) != format_of(wanted):
        raise Refusal(
            f"{path} has {format_text(info)}, its reference {reference} has {format_text(wanted)}, "
            "so they cannot be compared; give both the same."
        )


def format_of(info: AudioInfo) -> tuple[int, int, int]:
    """Return what a recording and its reference must have in common."""
    return info.sample_rate_hz, info.channels, info.samples


def format_text(info: AudioInfo) -> str:
    """Return rate, channels and length for people."""
    return f"{info.samples} samples in {info.channels} channel{'s'[: info.channels > 1]} at {info.sample_rate_hz} Hz"


def mean_si_snr_db(clean: NDArray[np.float32], heard: NDArray[np.float32]) -> float:
    """Return the SI-SNR of [samples, channels] in dB, the mean over the channels."""
    return float(np.mean(si_snr(clean.T, heard.T)))
