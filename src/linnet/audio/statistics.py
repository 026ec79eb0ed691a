"""What a folder of recordings holds: how much, how loud, at which rates, and what is wrong with it.

Files are read in blocks and by threads, so an hour-long recording takes no more memory than a short one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.audio.files import AudioError, AudioInfo, AudioReader
from linnet.audio.folders import Listing, list_recordings
from linnet.audio.formats import READ_TEXT
from linnet.audio.mixing import ACTIVITY_RANGE_DB, SILENCE
from linnet.audio.sources import KIND_FOLDERS, SPLITS

SUBFOLDERS = {name for names in KIND_FOLDERS.values() for name in names} | {"noisy", *SPLITS}
"""Folders of these names get a row of their own."""

FRAME_MS = 20
CLIPPED = 0.999
"""Samples at or beyond this are taken for clipped, once a file has several."""

CLIPPED_SAMPLES = 3
QUIETEST_DBFS = -140.0

Spread = tuple[float, float, float]


@dataclass(frozen=True)
class FolderStatistics:
    """One row: a folder and all audio files below it that no other row counts. Levels are of the first channel."""

    folder: str
    files: int
    hours: float
    seconds: Spread
    """Shortest, median and longest file."""
    sample_rates_hz: dict[int, int]
    """Files at each rate."""
    channels: dict[int, int]
    """Files with each number of channels."""
    level_dbfs: Spread
    """5th percentile, median and 95th percentile of the level of the active parts."""
    peak_dbfs: float
    active_share: float
    """Share of the time within 20 dB of each file's loudest 20 ms."""
    clipped_files: int
    silent_files: int
    unreadable: tuple[str, ...]
    """Why files could not be read."""


@dataclass(frozen=True)
class FileStatistics:
    """One file: level and peak as factors of full scale, activity as a share of its frames."""

    info: AudioInfo
    level: float
    peak: float
    active_share: float
    clipped: bool


def statistics(folders: Sequence[str | Path], *, threads: int | None = None) -> Iterator[FolderStatistics]:
    """One row per folder, yielded as it is read; speech/, noise/, noisy/, train/ ... within are rows of their own.

    Raises:
        AudioError: a folder is missing, or there is no audio below any of them.
    """
    rows = [row for folder in folders for row in list_rows(Path(folder))]
    if not rows:
        raise AudioError(
            f"no audio files below {[str(folder) for folder in folders]}, so there is nothing to count; "
            f"name folders that hold {READ_TEXT} files."
        )
    with ThreadPoolExecutor(threads) as pool:
        for folder, paths in rows:
            yield summarize(folder, list(pool.map(_measure_or_say_why, paths)))


def list_rows(folder: Path) -> list[tuple[Path, list[Path]]]:
    """The folders that get a row, each with its files, in the order of their paths."""
    if not folder.is_dir():
        raise AudioError(f"{folder} is not a folder, so no recordings can be counted in it; check the path.")
    own: list[Path] = []
    deeper: list[tuple[Path, list[Path]]] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name in SUBFOLDERS:
            deeper += list_rows(path)
        elif path.is_dir() and not path.name.startswith("."):
            own += _all_sound(list_recordings(path))
    own = sorted(own + _all_sound(list_recordings(folder, deep=False)))
    return ([(folder, own)] if own else []) + deeper


def _all_sound(listing: Listing) -> list[Path]:
    """What is read and what cannot be, which is counted as such."""
    return [*listing.recordings, *listing.unread]


def measure(path: Path) -> FileStatistics:
    """Read one file from front to back.

    Raises:
        AudioError: the file cannot be read.
    """
    with AudioReader(path) as reader:
        info = reader.info
        size = max(1, info.sample_rate_hz * FRAME_MS // 1000)
        powers, peak, clipped = [], 0.0, 0
        for block in reader.blocks(size * 2048):
            first = np.nan_to_num(block[:, 0], posinf=0.0, neginf=0.0)
            powers.append(_frame_powers(first, size))
            loudest = np.abs(first)
            peak = max(peak, float(loudest.max()))
            clipped += int(np.count_nonzero(loudest >= CLIPPED))
    power = np.concatenate(powers)
    active = power >= power.max() * 10 ** (-ACTIVITY_RANGE_DB / 10)
    level = float(np.sqrt(power[active].mean()))
    return FileStatistics(info, level, peak, float(active.mean()), clipped >= CLIPPED_SAMPLES)


def summarize(folder: Path, found: Sequence[FileStatistics | str]) -> FolderStatistics:
    """Put the files of one folder together; a text in `found` stands for a file that could not be read."""
    files = [file for file in found if isinstance(file, FileStatistics)]
    lengths = np.array([file.info.seconds for file in files])
    heard = [file for file in files if file.level > SILENCE]
    levels_dbfs = [20 * float(np.log10(file.level)) for file in heard]
    active_seconds = sum(file.active_share * file.info.seconds for file in heard)
    return FolderStatistics(
        folder=str(folder),
        files=len(files),
        hours=float(lengths.sum()) / 3600,
        seconds=_spread(lengths, (0, 50, 100)),
        sample_rates_hz=dict(sorted(Counter(file.info.sample_rate_hz for file in files).items())),
        channels=dict(sorted(Counter(file.info.channels for file in files).items())),
        level_dbfs=_spread(np.array(levels_dbfs or [QUIETEST_DBFS]), (5, 50, 95)),
        peak_dbfs=20 * float(np.log10(max([file.peak for file in files], default=0.0) + 1e-7)),
        active_share=active_seconds / max(float(lengths.sum()), 1e-9),
        clipped_files=sum(file.clipped for file in files),
        silent_files=len(files) - len(heard),
        unreadable=tuple(text for text in found if isinstance(text, str)),
    )


def _measure_or_say_why(path: Path) -> FileStatistics | str:
    try:
        return measure(path)
    except AudioError as error:
        return str(error)


def _frame_powers(signal: NDArray[np.float32], size: int) -> NDArray[np.float64]:
    """Mean square of each frame of `size` samples; an incomplete last frame counts as far as it goes."""
    starts = np.arange(0, signal.size, size)
    sums = np.add.reduceat(np.square(signal, dtype=np.float64), starts)
    return sums / np.minimum(size, signal.size - starts)


def _spread(values: NDArray[np.float64], percentiles: tuple[int, int, int]) -> Spread:
    if values.size == 0:
        return (0.0, 0.0, 0.0)
    low, middle, high = (float(value) for value in np.percentile(values, percentiles))
    return (low, middle, high)
