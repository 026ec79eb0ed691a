"""Audio files in and out as float32, whole or block by block: the only door to soundfile.

WAV, FLAC, OGG and MP3 are read; WAV and FLAC are written, first to a temporary file beside the target that
takes its name when it is whole. Integer samples pass through unchanged: code / 2**(bits - 1) and back.
Change of rate is the business of resample.py.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from linnet.audio.encodings import ENCODINGS, codes_of, encoding_like

Signal = NDArray[np.float32]

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
"""What is read."""

WRITTEN_SUFFIXES = (".wav", ".flac")
"""What is written."""

BLOCK_SAMPLES = 65536
"""Samples per channel in a block of a long file: four seconds at 16 kHz."""

LARGEST_WAV_BYTES = 2**32 - 2**16
"""A plain WAV file counts its bytes in 32 bits; what may grow longer is written as RF64, its extension."""


class AudioError(ValueError):
    """An audio file or folder cannot be used; the message says what came, why not, and what to do."""


@dataclass(frozen=True)
class AudioInfo:
    """What a file says of itself. `encoding` is how its samples are best written again, one of ENCODINGS."""

    sample_rate_hz: int
    channels: int
    samples: int
    encoding: str

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return self.samples / self.sample_rate_hz


class AudioReader:
    """An open audio file, read from front to back in blocks. Use it in a `with` statement."""

    def __init__(self, path: str | Path) -> None:
        """Open a file.

        Raises:
            AudioError: the file is missing, empty, or holds no audio that can be decoded.
        """
        self.path = Path(path)
        _refuse_unreadable(self.path)
        try:
            self._file = soundfile.SoundFile(os.fsencode(self.path))  # a name need not be text
        except (soundfile.LibsndfileError, OSError) as error:
            raise AudioError(
                f"{self.path} cannot be read as audio ({_reason(error)}), so there is nothing to work on; "
                f"give a {', '.join(AUDIO_SUFFIXES)} file, or convert it first."
            ) from error
        if self._file.frames == 0:
            self._file.close()
            raise AudioError(
                f"{self.path} holds no samples, so there is nothing to work on; record or export it again."
            )
        self.info = AudioInfo(
            sample_rate_hz=self._file.samplerate,
            channels=self._file.channels,
            samples=self._file.frames,
            encoding=encoding_like(self._file.subtype),
        )

    def blocks(self, samples: int = BLOCK_SAMPLES) -> Iterator[Signal]:
        """The rest of the file as float32 [up to `samples`, channels] each.

        Raises:
            AudioError: the file is damaged from here on.
        """
        while len(block := self.read(samples)):
            yield block

    def read(self, samples: int = -1) -> Signal:
        """The next `samples` (all that remain by default): float32 [n, channels], n = 0 at the end.

        Raises:
            AudioError: the file is damaged from here on.
        """
        try:
            return self._file.read(samples, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise AudioError(
                f"{self.path} is damaged after {self._file.tell() / self.info.sample_rate_hz:.1f} s "
                f"({_reason(error)}), so the rest cannot be read; copy or export it again."
            ) from error

    def seek(self, place: int) -> None:
        """Go to sample number `place`."""
        self._file.seek(place)

    def __enter__(self) -> "AudioReader":
        """The reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


class AudioWriter:
    """A WAV or FLAC file that appears whole or not at all. Use it in a `with` statement.

    Until the statement ends well, the samples go to a hidden file beside the target; on an error that file is
    removed, and an older file of the target's name stays as it was. In FLAC, 24 bits stand for floats.
    """

    def __init__(self, path: str | Path, info: AudioInfo) -> None:
        """Prepare to write; `info.samples` is only a guess of the length, needed beyond 4 GiB.

        Raises:
            AudioError: the suffix is not written, the folder is missing, or nothing can be written there.
        """
        self.path = Path(path)
        self.info = info
        _refuse_unwritable(self.path, info)
        self._target = self.path.resolve()
        self._partial = self._target.with_name(
            f".{self._target.stem}.{os.getpid()}.partial{self.path.suffix}"
        )
        encoding = (
            "PCM_24" if (self.path.suffix.lower(), info.encoding) == (".flac", "FLOAT") else info.encoding
        )
        self._bits = ENCODINGS[encoding]
        try:
            self._file = soundfile.SoundFile(
                os.fsencode(self._partial),
                "w",
                samplerate=info.sample_rate_hz,
                channels=info.channels,
                subtype=encoding,
                format=_container(self.path, info),
            )
        except BaseException as error:  # Ctrl-C too: the hidden file is there from within that call on
            self._partial.unlink(missing_ok=True)
            if isinstance(error, (soundfile.LibsndfileError, OSError)):
                raise self._unwritable(error) from error
            raise

    def __del__(self) -> None:
        """Remove what was written where no `with` statement was reached, as by Ctrl-C just before it."""
        if hasattr(self, "_file"):
            self.close(keep=False)

    def write(self, block: Signal) -> None:
        """Append float [n, channels] (or [n] where there is one channel); beyond ±1 integers are clipped.

        Raises:
            AudioError: a sample is not a number, the channels do not fit, or the disk does not take it.
        """
        samples = np.asarray(block, np.float32)
        samples = samples[:, np.newaxis] if samples.ndim == 1 else samples
        if samples.ndim != 2 or samples.shape[1] != self.info.channels:
            raise AudioError(
                f"{self.path} has {self.info.channels} channels, but a block of shape {samples.shape} came; "
                "give blocks of [samples, channels]."
            )
        if not np.isfinite(samples).all():
            raise AudioError(
                f"{self.path}: a sample to be written is not a finite number, so no file can hold it; "
                "replace such samples first (np.nan_to_num)."
            )
        try:
            self._file.write(codes_of(samples, self._bits))
        except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
            raise self._unwritable(error) from error

    def close(self, *, keep: bool = True) -> None:
        """Finish: give the file its name, or with `keep=False` remove what was written."""
        if self._file.closed:
            return
        try:
            self._file.close()
            if keep:
                os.replace(self._partial, self._target)
        except (soundfile.LibsndfileError, OSError) as error:
            raise self._unwritable(error) from error
        finally:
            self._partial.unlink(missing_ok=True)

    def _unwritable(self, error: Exception) -> AudioError:
        return AudioError(
            f"{self.path} cannot be written ({_reason(error)}), so the result would be lost; "
            "choose another folder, or make room and allow writing there."
        )

    def __enter__(self) -> "AudioWriter":
        """The writer itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Keep the file if the statement ended well."""
        self.close(keep=kind is None)


def audio_info(path: str | Path) -> AudioInfo:
    """Rate, channels and length of a file, without decoding it.

    Raises:
        AudioError: as `AudioReader`.
    """
    with AudioReader(path) as reader:
        return reader.info


def read_audio(path: str | Path) -> tuple[Signal, int]:
    """A whole file: float32 [samples, channels] and its rate in Hz.

    Raises:
        AudioError: as `AudioReader`; also where samples are not finite numbers.
    """
    with AudioReader(path) as reader:
        audio = reader.read()
        if reader.info.encoding == "FLOAT" and not np.isfinite(audio).all():
            broken = int(np.count_nonzero(~np.isfinite(audio)))
            raise AudioError(
                f"{path} has {broken} samples that are not finite numbers, so it cannot be measured or mixed; "
                "export it again, or replace them."
            )
        return audio, reader.info.sample_rate_hz


def write_audio(path: str | Path, audio: Signal, sample_rate_hz: int, *, encoding: str = "PCM_16") -> None:
    """Write float [samples] or [samples, channels] at once; see `AudioWriter`.

    Raises:
        AudioError: as `AudioWriter`.
    """
    channels = 1 if np.ndim(audio) == 1 else np.shape(audio)[1]
    with AudioWriter(path, AudioInfo(sample_rate_hz, channels, len(audio), encoding)) as writer:
        writer.write(audio)


def _refuse_unreadable(path: Path) -> None:
    if not path.exists():
        raise AudioError(f"{path} does not exist, so it cannot be read; check the path.")
    if path.is_dir():
        raise AudioError(f"{path} is a folder, not a recording; name a file in it.")
    if path.is_file() and path.stat().st_size == 0:
        raise AudioError(f"{path} is empty (0 bytes), so there is nothing to work on; record it again.")


def _refuse_unwritable(path: Path, info: AudioInfo) -> None:
    if path.suffix.lower() not in WRITTEN_SUFFIXES:
        raise AudioError(
            f"{path} ends in {path.suffix!r}, which is not written here; "
            f"choose a name ending in {' or '.join(WRITTEN_SUFFIXES)}."
        )
    if info.encoding not in ENCODINGS:
        raise AudioError(f"{path}: encoding {info.encoding!r} is unknown; choose one of {list(ENCODINGS)}.")
    if not path.parent.is_dir():
        raise AudioError(f"{path.parent} is not a folder, so {path.name} cannot be put there; make it first.")
    if path.exists() and not path.is_file():
        raise AudioError(
            f"{path} exists and is not a regular file, so it is not replaced; choose another name."
        )


def _container(path: Path, info: AudioInfo) -> str:
    """Name of the file format."""
    if path.suffix.lower() == ".flac":
        return "FLAC"
    size = info.samples * info.channels * ENCODINGS[info.encoding] // 8
    return "RF64" if size > LARGEST_WAV_BYTES else "WAV"


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", None) or str(error)
    return text.splitlines()[0].removeprefix("Error : ").rstrip(".") if text else type(error).__name__
