"""What mixtures are made of: pools of speech, noise and room recordings, from folders with or without a manifest.

Small collections are held in memory, large ones left on disk; the mixtures are the same. What one recording is,
is the business of recordings.py; which of them meet in a clip, that of tasks/.
"""

import csv
import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from linnet.audio.coming import ComingRecording, Reading, coming, read_in_background
from linnet.audio.files import AudioError, audio_info
from linnet.audio.folders import list_recordings, unread_text
from linnet.audio.formats import READ_TEXT
from linnet.audio.held import read_once
from linnet.audio.recordings import Recording, leave_on_disk, load

MANIFEST = "manifest.csv"
SPLITS = ("train", "val", "test")
KIND_FOLDERS = {
    "speech": ("speech", "clean"),
    "noise": ("noise",),
    "rooms": ("rir", "rirs", "rooms", "impulse_responses"),
}
"""Folder names (and manifest kinds) that stand for each pool."""

MEMORY_HOURS = 24.0
"""Collections up to this length are held in memory: 2.8 GB at 16 kHz."""

Listed = dict[str, list[tuple[Path, str]]]
"""Paths and labels by pool: speech, noise, rooms."""

SPLIT_PERCENT = {"train": 90, "val": 5, "test": 5}
"""Shares where neither a manifest nor folders say which recording is in which split."""


@dataclass(frozen=True)
class Sources:
    """Pools of recordings at one sample rate. Noise and rooms may be empty, speech not."""

    speech: tuple[Recording, ...]
    noise: tuple[Recording, ...]
    rooms: tuple[Recording, ...]
    sample_rate_hz: int

    @classmethod
    def from_folder(
        cls,
        root: str | Path,
        split: str | None = None,
        *,
        sample_rate_hz: int = 16000,
        exclude_prefixes: Sequence[str] = (),
        threads: int | None = None,
        memory_hours: float = MEMORY_HOURS,
    ) -> "Sources":
        """Read a folder that holds speech/, noise/ and perhaps rir/ (or rooms/), and perhaps a manifest.csv.

        The manifest has at least the columns path and kind; split and speaker_or_source are used where they
        stand. Without one, subfolders named train, val and test are the splits; without those, a hash of
        the name decides (90, 5 and 5 %), the files of one subfolder staying together. `split=None` takes all.
        Files whose names start with one of `exclude_prefixes` are left out. A collection longer than `memory_hours`
        is left on disk, and each cut read when it is mixed.

        Raises:
            AudioError: the folder, its speech, or the split is missing, or a file cannot be read.
        """
        kept = _listed(root, split, exclude_prefixes)
        asked = _asked(root, split, sample_rate_hz, exclude_prefixes, memory_hours)
        held: Sources = read_once(asked, lambda: cls._read(kept, sample_rate_hz, threads, memory_hours))
        return held

    @classmethod
    def begin_folder(
        cls,
        root: str | Path,
        split: str | None = None,
        *,
        sample_rate_hz: int = 16000,
        exclude_prefixes: Sequence[str] = (),
        memory_hours: float = MEMORY_HOURS,
    ) -> "Sources":
        """The same as `from_folder`, but what fits into memory is read in the background, see coming.py.

        Raises:
            AudioError: the folder, its speech, or the split is missing, or the head of a file cannot be read.
        """
        kept = _listed(root, split, exclude_prefixes)
        asked = _asked(root, split, sample_rate_hz, exclude_prefixes, memory_hours)
        held: Sources = read_once(asked, lambda: cls._begin(kept, sample_rate_hz, memory_hours))
        return held

    @classmethod
    def from_folders(
        cls,
        speech: Sequence[str | Path],
        noise: Sequence[str | Path] = (),
        rooms: Sequence[str | Path] = (),
        *,
        sample_rate_hz: int = 16000,
        threads: int | None = None,
        memory_hours: float = MEMORY_HOURS,
    ) -> "Sources":
        """Read every audio file below the given folders; no splits.

        Raises:
            AudioError: a folder is missing, there is no speech, or a file cannot be read.
        """
        found = {}
        for kind, folders in (("speech", speech), ("noise", noise), ("rooms", rooms)):
            found[kind] = [
                (path, label_of(path, Path(folder))) for folder in folders for path in audio_files(folder)
            ]
        if not found["speech"]:
            unread = unread_text(path for folder in speech for path in list_recordings(Path(folder)).unread)
            raise AudioError(
                f"no audio files below {[str(folder) for folder in speech]}, so there is no speech to mix; "
                f"name folders that hold {READ_TEXT} files. {unread}".rstrip()
            )
        return cls._read(found, sample_rate_hz, threads, memory_hours)

    @classmethod
    def _read(cls, found: Listed, sample_rate_hz: int, threads: int | None, memory_hours: float) -> "Sources":
        with ThreadPoolExecutor(threads) as pool:
            paths = [path for entries in found.values() for path, _ in entries]
            hours = sum(info.seconds for info in pool.map(audio_info, paths)) / 3600
            read: Callable[[Path, str, int], Recording] = load if hours <= memory_hours else leave_on_disk
            jobs = {
                kind: [pool.submit(read, path, label, sample_rate_hz) for path, label in entries]
                for kind, entries in found.items()
            }
            pools = {kind: tuple(job.result() for job in entries) for kind, entries in jobs.items()}
        return cls(pools["speech"], pools["noise"], pools["rooms"], sample_rate_hz)

    @classmethod
    def _begin(cls, found: Listed, sample_rate_hz: int, memory_hours: float) -> "Sources":
        reading = Reading()
        pools = {
            kind: tuple(coming(path, label, sample_rate_hz, reading) for path, label in entries)
            for kind, entries in found.items()
        }
        sources = cls(pools["speech"], pools["noise"], pools["rooms"], sample_rate_hz)
        if sum(sources.hours().values()) > memory_hours:
            return cls._read(found, sample_rate_hz, None, memory_hours)
        read_in_background((each for pool in pools.values() for each in pool), reading)
        return sources

    def wait(self) -> None:
        """Read what is still being read in the background.

        Raises:
            AudioError: a file is damaged.
        """
        for recording in (*self.speech, *self.noise, *self.rooms):
            if isinstance(recording, ComingRecording):
                recording.loaded()

    def hours(self) -> dict[str, float]:
        """Hours of speech, noise and rooms, by name of the pool."""
        pools = {"speech": self.speech, "noise": self.noise, "rooms": self.rooms}
        return {
            kind: sum(recording.samples for recording in pool) / self.sample_rate_hz / 3600
            for kind, pool in pools.items()
        }


def audio_files(folder: str | Path) -> list[Path]:
    """Every audio file below `folder`, in the order of its path.

    Raises:
        AudioError: there is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise AudioError(f"{root} is not a folder, so no recordings can be read from it; check the path.")
    return list(list_recordings(root).recordings)


def label_of(path: Path, folder: Path) -> str:
    """Who or what is heard, as far as the path tells: the first subfolder, or else the file's own name."""
    parts = path.relative_to(folder).parts
    return parts[0] if len(parts) > 1 else path.stem


def split_of(label: str) -> str:
    """The split a speaker or noise falls in by a hash of its name: the same on every machine, for ever."""
    place = int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big") % 100
    for split, percent in SPLIT_PERCENT.items():
        if place < percent:
            return split
        place -= percent
    raise AssertionError("the shares of SPLIT_PERCENT add up to less than 100")


def _listed(root: str | Path, split: str | None, exclude_prefixes: Sequence[str]) -> Listed:
    """What a folder has, without what is excluded; there is speech."""
    found = list_folder(Path(root), split)
    prefixes = tuple(exclude_prefixes)
    kept = {
        kind: [entry for entry in entries if not entry[0].name.startswith(prefixes)]
        for kind, entries in found.items()
    }
    if not kept["speech"]:
        raise AudioError(
            f"{root} has no speech for split {split!r}, so there is nothing to mix; "
            f"put recordings into {Path(root) / 'speech' / (split or '')}, or say in a {MANIFEST} which are in it."
        )
    return kept


def _asked(
    root: str | Path, split: str | None, rate_hz: int, exclude_prefixes: Sequence[str], memory_hours: float
) -> Hashable:
    return str(Path(root).resolve()), split, rate_hz, tuple(exclude_prefixes), memory_hours


def list_folder(root: Path, split: str | None) -> Listed:
    """Paths and labels of each pool (speech, noise, rooms) of one split of a folder; see `from_folder`."""
    if not root.is_dir():
        raise AudioError(f"{root} is not a folder, so no recordings can be read from it; check the path.")
    if split is not None and split not in SPLITS:
        raise AudioError(f"split {split!r} is not known; choose one of {SPLITS}, or None for everything.")
    if (root / MANIFEST).is_file():
        return _list_manifest(root, split)
    return {kind: list(_list_kind(root, names, split)) for kind, names in KIND_FOLDERS.items()}


def _list_manifest(root: Path, split: str | None) -> dict[str, list[tuple[Path, str]]]:
    with open(root / MANIFEST, encoding="utf-8-sig", newline="") as file:  # spreadsheets write a mark
        rows = list(csv.DictReader(file))
    if rows and not {"path", "kind"} <= rows[0].keys():
        raise AudioError(
            f"{root / MANIFEST} has the columns {sorted(rows[0])}, so paths and kinds are unknown; "
            "give it a first line with at least path,kind (and split, speaker_or_source)."
        )
    kinds = {name: kind for kind, names in KIND_FOLDERS.items() for name in names}
    found: dict[str, list[tuple[Path, str]]] = {kind: [] for kind in KIND_FOLDERS}
    for number, row in enumerate(rows, start=2):
        if not row["path"] or not row["kind"]:
            raise AudioError(
                f"{root / MANIFEST}, line {number}, has no path or no kind, so its recording cannot be found; "
                "complete the line or remove it."
            )
        label = row.get("speaker_or_source") or Path(row["path"]).stem
        if row["kind"] in kinds and split in (None, row.get("split") or split_of(label)):
            found[kinds[row["kind"]]].append((root / row["path"], label))
    return found


def _list_kind(root: Path, names: Sequence[str], split: str | None) -> Iterable[tuple[Path, str]]:
    for folder in (root / name for name in names if (root / name).is_dir()):
        if split is not None and any((folder / name).is_dir() for name in SPLITS):
            inside = folder / split
            for path in audio_files(inside) if inside.is_dir() else ():
                yield path, label_of(path, inside)
            continue
        for path in audio_files(folder):
            label = label_of(path, folder)
            if split in (None, split_of(label)):
                yield path, label
