"""Recordings onto the disk, whole or not at all; one half of the door to soundfile, files.py is the other."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from linnet.audio.encodings import ENCODINGS, codes_of
from linnet.audio.formats import WRITTEN_SUFFIXES, AudioError, AudioInfo, Signal, reason_of
from linnet.audio.resample import MOST_CHANNELS  # also libsndfile's
from linnet.audio.tags import write_tags
from linnet.output.atomic import Draft, WriteError

LARGEST_WAV_BYTES = 2**32 - 2**16
"""A plain WAV file counts its bytes in 32 bits; what may grow longer is written as RF64, its extension."""

MOST_FLAC_HZ = 655350
MOST_FLAC_CHANNELS = 8

_SET_ADD_PEAK_CHUNK = 0x1050  # SFC_SET_ADD_PEAK_CHUNK of sndfile.h


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
        encoding = (
            "PCM_24" if (self.path.suffix.lower(), info.encoding) == (".flac", "FLOAT") else info.encoding
        )
        self._bits = ENCODINGS[encoding]
        try:
            self._draft = Draft(self.path)
        except WriteError as error:
            raise AudioError(str(error)) from error
        self._disk = _Disk(self._draft)
        try:
            self._file = soundfile.SoundFile(
                self._disk,
                "w",
                samplerate=info.sample_rate_hz,
                channels=info.channels,
                subtype=encoding,
                format=_container(self.path, info),
            )
            _leave_out_the_time(self._file)
            write_tags(self._file, info.tags)
        except BaseException as error:  # Ctrl-C too
            self._draft.discard()
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
        except (soundfile.LibsndfileError, OSError, RuntimeError, AssertionError) as error:
            raise self._unwritable(error) from error
        if self._disk.error is not None:
            raise self._unwritable(self._disk.error)

    def close(self, *, keep: bool = True) -> None:
        """Finish: give the file its name, or with `keep=False` remove what was written."""
        if self._file.closed:
            return
        try:
            self._file.close()
            if self._disk.error is not None:
                raise self._disk.error
            if keep:
                self._draft.keep()
        except (soundfile.LibsndfileError, OSError) as error:
            raise self._unwritable(error) from error
        finally:
            self._draft.discard()

    def _unwritable(self, error: Exception) -> AudioError:
        error = self._disk.error or error
        if isinstance(error, OSError):
            return AudioError(str(error if isinstance(error, WriteError) else WriteError(self.path, error)))
        return AudioError(
            f"{self.path} cannot be written ({reason_of(error)}), so the result would be lost; "
            "write a .wav file, or change the format."
        )

    def __enter__(self) -> "AudioWriter":
        """The writer itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Keep the file if the statement ended well."""
        self.close(keep=kind is None)


class _Disk:
    """A draft as libsndfile writes it. An exception would be lost there: the first is kept, to be raised afterwards."""

    def __init__(self, draft: Draft) -> None:
        self._file = draft.file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        return self._or_zero(self._file.write, data)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        return self._or_zero(self._file.seek, place, whence)  # writes what waits in the buffer

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        """The draft does this, once."""

    def _or_zero(self, call: Callable[..., int], *arguments: Any) -> int:
        try:
            return call(*arguments)
        except OSError as error:
            self.error = self.error or error
            return 0


def write_audio(path: str | Path, audio: Signal, sample_rate_hz: int, *, encoding: str = "PCM_16") -> None:
    """Write float [samples] or [samples, channels] at once; see `AudioWriter`.

    Raises:
        AudioError: as `AudioWriter`.
    """
    channels = 1 if np.ndim(audio) == 1 else np.shape(audio)[1]
    with AudioWriter(path, AudioInfo(sample_rate_hz, channels, len(audio), encoding)) as writer:
        writer.write(audio)


def _refuse_unwritable(path: Path, info: AudioInfo) -> None:
    if path.suffix.lower() not in WRITTEN_SUFFIXES:
        raise AudioError(
            f"{path} ends in {path.suffix!r}, which is not written here; "
            f"choose a name ending in {' or '.join(WRITTEN_SUFFIXES)}."
        )
    if info.encoding not in ENCODINGS:
        raise AudioError(f"{path}: encoding {info.encoding!r} is unknown; choose one of {list(ENCODINGS)}.")
    rate_hz = info.sample_rate_hz
    if path.suffix.lower() == ".flac" and (rate_hz > MOST_FLAC_HZ or (rate_hz > 65535 and rate_hz % 10)):
        raise AudioError(
            f"{path} would have {rate_hz} samples a second, and FLAC holds up to 65535, or multiples of 10 up to "
            f"{MOST_FLAC_HZ}; choose a name ending in .wav."
        )
    if path.suffix.lower() == ".flac" and info.channels > MOST_FLAC_CHANNELS:
        raise AudioError(
            f"{path} would have {info.channels} channels, and FLAC holds up to {MOST_FLAC_CHANNELS}; choose a name "
            "ending in .wav."
        )
    if not 1 <= info.channels <= MOST_CHANNELS:
        raise AudioError(
            f"{path} would have {info.channels} channels, and a file holds 1 to {MOST_CHANNELS}; give "
            "[samples, channels], transposed where the channels come first."
        )
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


def _leave_out_the_time(file: soundfile.SoundFile) -> None:
    """Write no PEAK chunk: libsndfile puts the time into it, so the same sound would give other bytes each time."""
    soundfile._snd.sf_command(file._file, _SET_ADD_PEAK_CHUNK, soundfile._ffi.NULL, 0)


MP3_16_KBIT = 0.95
"""libsndfile's compression level that gives 16 kbit/s for one channel at 16 kHz; LAME then keeps up to 5.5 kHz."""


def through_mp3(signal: Signal, sample_rate_hz: int, *, compression: float = MP3_16_KBIT) -> Signal:
    """`signal` [samples] as MP3 gives it back, of the length that comes: usually longer, and late by its padding."""
    file = io.BytesIO()
    soundfile.write(
        file,
        signal,
        sample_rate_hz,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT",
        compression_level=compression,
    )
    file.seek(0)
    return np.asarray(soundfile.read(file, dtype="float32")[0], np.float32)
