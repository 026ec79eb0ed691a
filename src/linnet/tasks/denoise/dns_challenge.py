"""The folder layout of Microsoft's DNS and Intel's N-DNS challenges: noisy/, clean/ and noise/ paired by fileid_N.

Read as a dataset for training and scoring, and written from mixtures. How the mixtures are made is the business
of mixtures.py. The layout: github.com/microsoft/DNS-Challenge and github.com/IntelLabs/IntelNeuromorphicDNSChallenge.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.audio.files import AudioError, AudioReader, write_audio
from linnet.audio.folders import file_id_of
from linnet.audio.mixing import active_level
from linnet.audio.resample import resample
from linnet.audio.sources import Sources, audio_files
from linnet.output.atomic import write_text
from linnet.output.draft_folder import DraftFolder
from linnet.output.quoting import shortened
from linnet.tasks.contract import WHOLE, Share
from linnet.tasks.denoise.mixtures import Batch, Clip, MixtureDataset, MixtureSettings

Signal = NDArray[np.float32]

FOLDERS = ("noisy", "clean", "noise")
SNR = re.compile(r"_snr(-?\d+)(?=_|$)")
INDEX = "mixtures.csv"
"""Beside the three folders: what each written clip was mixed from."""

LONGEST_SPEAKER_BYTES = 120
"""Of a name in the names of files; a file's may have 255."""


@dataclass(frozen=True)
class Pair:
    """One noisy recording and its clean reference; the noise alone and the ratio where they are known."""

    file_id: int
    noisy: Path
    clean: Path
    noise: Path | None = None
    snr_db: float | None = None


def find_pairs(root: str | Path) -> tuple[Pair, ...]:
    """Every pair of a folder in this layout, by file id. The folder noise/ may be missing.

    Raises:
        AudioError: noisy/ or clean/ is missing or empty, an id stands twice, or a noisy file has no reference.
    """
    folder = Path(root)
    noisy, clean = _by_id(folder / "noisy"), _by_id(folder / "clean")
    noise = _by_id(folder / "noise") if (folder / "noise").is_dir() else {}
    alone = sorted(noisy.keys() - clean.keys())
    if alone:
        raise AudioError(
            f"{len(alone)} of {len(noisy)} files in {folder / 'noisy'} (first: fileid_{alone[0]}) have no clean "
            f"reference, so they cannot be paired; complete {folder / 'clean'}."
        )
    return tuple(
        Pair(number, noisy[number], clean[number], noise.get(number), _snr_of(noisy[number]))
        for number in sorted(noisy)
    )


@dataclass(frozen=True)
class DnsDataset:
    """Cuts of ready-made pairs, read from disk when asked for; batch `i` is a pure function of (seed, i).

    Each epoch takes every pair once, in an order of its own. A pair shorter than the clip is followed by silence.
    """

    pairs: tuple[Pair, ...]
    clip_seconds: float = 4.0
    batch_size: int = 16
    seed: int = 0
    sample_rate_hz: int = 16000
    share: Share = WHOLE

    def __post_init__(self) -> None:
        if not self.pairs or self.batch_size < 1 or not self.clip_seconds > 0:
            raise ValueError(
                f"{len(self.pairs)} pairs, batch_size={self.batch_size} and clip_seconds={self.clip_seconds} make "
                "no batch; give at least one pair, one clip and a length."
            )

    def batch(self, index: int) -> Batch:
        """Clips index*batch_size and on, of those our share, stacked: float32 [rows, samples].

        Raises:
            AudioError: a file is missing or damaged, or a pair differs in rate.
        """
        first = index * self.batch_size
        cuts = [self._cut(first + row) for row in self.share.rows(self.batch_size)]
        return Batch(np.stack([noisy for noisy, _ in cuts]), np.stack([clean for _, clean in cuts]))

    def _cut(self, number: int) -> tuple[Signal, Signal]:
        epoch, place = divmod(number, len(self.pairs))
        pair = self.pairs[_order(self.seed, epoch, len(self.pairs))[place]]
        fraction = float(np.random.default_rng([self.seed, number, 1]).random())
        noisy, clean = (self._read(path, fraction) for path in (pair.noisy, pair.clean))
        return noisy, clean

    def _read(self, path: Path, fraction: float) -> Signal:
        wanted = round(self.clip_seconds * self.sample_rate_hz)
        with AudioReader(path) as reader:
            rate_hz = reader.info.sample_rate_hz
            samples = -(-wanted * rate_hz // self.sample_rate_hz)
            reader.seek(int(fraction * (max(0, reader.info.samples - samples) + 1)))
            cut = reader.read(samples)[:, 0]
        if rate_hz != self.sample_rate_hz:
            cut = resample(cut, rate_hz, self.sample_rate_hz)
        return np.pad(cut[:wanted], (0, max(0, wanted - cut.size)))


def synthesize_set(
    sources: Sources,
    settings: MixtureSettings,
    out_dir: str | Path,
    clips: int,
    seed: int,
    seconds: float,
) -> Iterator[Pair]:
    """Write `clips` mixtures of `seconds` each in this layout, 16-bit WAV; yields each pair once it is mixed.

    The same arguments write the same bytes. The set appears whole when the iterator ends, or not at all. The mixtures
    are listed in mixtures.csv. For scoring take settings with clean_probability=0: clean input has none to improve.

    Raises:
        AudioError, WriteError: the folder holds something already, or cannot be written.
        ValueError: `clips` is no positive number, `seed` a negative one, or `seconds` no length.
    """
    if clips < 1 or seed < 0:
        raise ValueError(
            f"clips={clips} and seed={seed} make no set; ask for at least one clip, and a seed from 0."
        )
    dataset = MixtureDataset(sources, replace(settings, clip_seconds=seconds), seed)
    root = Path(out_dir)
    _refuse_used(root)
    with DraftFolder(root) as draft:
        for name in FOLDERS:
            (draft.path / name).mkdir()
        with io.StringIO(newline="") as listed:
            table = csv.writer(listed)
            table.writerow(("file_id", "noisy", "snr_db", "contents"))
            for number in range(clips):
                clip = dataset.clip(number)
                pair = write_pair(draft.path, clip, number, sources.sample_rate_hz)
                table.writerow((number, pair.noisy.name, f"{clip.snr_db:.2f}", clip.contents))
                yield _moved(pair, draft.path, root)
            write_text(draft.path / INDEX, listed.getvalue())


def _moved(pair: Pair, draft: Path, root: Path) -> Pair:
    """The pair as it is found once the set has its place."""
    places = {kind: root / getattr(pair, kind).relative_to(draft) for kind in ("noisy", "clean", "noise")}
    return replace(pair, **places)


def write_pair(root: Path, clip: Clip, file_id: int, sample_rate_hz: int) -> Pair:
    """Write one mixture under the names that the challenges use; the three folders must exist.

    Raises:
        AudioError: a file cannot be written.
    """
    speaker = shortened(re.sub(r"[^\w-]+", "-", clip.contents.split("+")[0]), LONGEST_SPEAKER_BYTES)
    level_dbfs = 20 * np.log10(max(active_level(clip.noisy), 1e-9))
    ratio = f"_snr{round(clip.snr_db)}" if np.isfinite(clip.snr_db) else ""
    names = {
        "noisy": f"{speaker}{ratio}_tl{round(level_dbfs)}_fileid_{file_id}.wav",
        "clean": f"clean_fileid_{file_id}.wav",
        "noise": f"noise_fileid_{file_id}.wav",
    }
    paths = {kind: root / kind / name for kind, name in names.items()}
    for kind, path in paths.items():
        write_audio(path, getattr(clip, kind), sample_rate_hz)
    return Pair(file_id, paths["noisy"], paths["clean"], paths["noise"], _snr_of(paths["noisy"]))


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, size: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, epoch, 0]).permutation(size)


def _snr_of(path: Path) -> float | None:
    match = SNR.search(path.stem)
    return float(match.group(1)) if match else None


def _by_id(folder: Path) -> dict[int, Path]:
    found: dict[int, Path] = {}
    for path in audio_files(folder):
        number = file_id_of(path)
        if number is None:
            continue
        if number in found:
            raise AudioError(
                f"{found[number]} and {path} both have file id {number}, so pairs are not clear; remove one of them."
            )
        found[number] = path
    if not found:
        raise AudioError(
            f"{folder} holds no audio whose name ends in fileid_N, so nothing can be paired; "
            "give a folder in the layout of the DNS challenge (noisy/, clean/, noise/)."
        )
    return found


def _refuse_used(root: Path) -> None:
    first = next(iter(sorted(root.iterdir())), None) if root.is_dir() else root if root.exists() else None
    if first is not None:
        raise AudioError(
            f"{root} is not empty ({first.name} is there), and sets are not mixed; name a new folder."
        )
