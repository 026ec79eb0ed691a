"""Audio files in and out as float32, whole or block by block: the door to soundfile, with writing.py.

What libsndfile reads is read; WAV and FLAC are written, whole or not at all (output/atomic.py). Integer samples
pass through unchanged: code / 2**(bits - 1) and back.
Change of rate is the business of resample.py.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from linnet.audio.encodings import encoding_like
from linnet.audio.formats import (
    AUDIO_SUFFIXES,
    READ_TEXT,
    WRITTEN_SUFFIXES,
    AudioError,
    AudioInfo,
    Signal,
    reason_of,
)
from linnet.audio.mp3 import counted, tells_its_length, through_a_pipe
from linnet.audio.resample import HIGHEST_RATE_HZ
from linnet.audio.tags import tags_of
from linnet.audio.writing import AudioWriter, write_audio

__all__ = [
    "AUDIO_SUFFIXES",
    "BLOCK_SAMPLES",
    "WRITTEN_SUFFIXES",
    "AudioError",
    "AudioInfo",
    "AudioReader",
    "AudioWriter",
    "Signal",
    "audio_info",
    "read_audio",
    "write_audio",
]

BLOCK_SAMPLES = 65536
"""Samples per channel in a block of a long file of up to 8 channels: four seconds at 16 kHz."""

LOWEST_RATE_HZ = 1000
"""Below, nothing is heard; a header that says so would make a recording many times longer at the model's rate."""


class AudioReader:
    """An open audio file, read from front to back in blocks. Use it in a `with` statement."""

    def __init__(self, path: str | Path, *, lowest_rate_hz: int = LOWEST_RATE_HZ) -> None:
        """Open a file, of sound unless a lower rate is allowed.

        Raises:
            AudioError: the file is missing, empty, holds no audio that can be decoded, or claims what no sound has.
        """
        self.path = Path(path)
        _refuse_unreadable(self.path)
        try:
            self._file = soundfile.SoundFile(os.fsencode(self.path))  # a name need not be text
        except (soundfile.LibsndfileError, OSError) as error:
            raise AudioError(
                f"{self.path} cannot be read as audio ({reason_of(error)}), so there is nothing to work on; "
                f"give a {READ_TEXT} file, or convert it first."
            ) from error
        try:
            self._refuse_beyond_sound(lowest_rate_hz)
        except AudioError:
            self._file.close()
            raise
        samples = self._length()
        if samples == 0:
            self._file.close()
            raise AudioError(
                f"{self.path} holds no samples, so there is nothing to work on; record or export it again."
            )
        self.info = AudioInfo(
            sample_rate_hz=self._file.samplerate,
            channels=self._file.channels,
            samples=samples,
            encoding=encoding_like(self._file.subtype),
            tags=tags_of(self._file),
        )

    def _length(self) -> int:
        """Samples of the file, counted where it is an MP3 that is wrong about them, which is then read otherwise."""
        claimed: int = self._file.frames
        is_wrong = (
            self._file.format == "MP3" and self.path.is_file() and not tells_its_length(self.path, claimed)
        )
        if not is_wrong:
            return claimed
        self._file.close()
        samples = counted(self.path)
        self._file = through_a_pipe(self.path)
        return samples

    def _refuse_beyond_sound(self, lowest_rate_hz: int) -> None:
        """Refuse what a header may claim and no recording has, before memory is asked for."""
        rate_hz = self._file.samplerate
        if not lowest_rate_hz <= rate_hz <= HIGHEST_RATE_HZ:
            raise AudioError(
                f"{self.path} says that it has {rate_hz} samples a second, which no recording of sound has "
                f"({lowest_rate_hz} to {HIGHEST_RATE_HZ}); its header is damaged: copy or export it again."
            )

    def blocks(self, samples: int | None = None) -> Iterator[Signal]:
        """The rest of the file as float32 [up to `samples`, channels] each; by default `block_samples`.

        Raises:
            AudioError: the file is damaged from here on.
        """
        samples = samples or block_samples(self.info.channels)
        while len(block := self._next(samples)):
            yield block

    def read(self, samples: int = -1) -> Signal:
        """The next `samples` (all that remain by default): float32 [n, channels], n = 0 at the end.

        Raises:
            AudioError: the file is damaged from here on.
        """
        if samples >= 0:
            return self._next(samples)
        parts = list(self.blocks())  # the length is only a claim of the header
        return np.concatenate(parts) if parts else np.zeros((0, self.info.channels), np.float32)

    def _next(self, samples: int) -> Signal:
        try:
            return self._file.read(samples, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise AudioError(
                f"{self.path} is damaged after {self._file.tell() / self.info.sample_rate_hz:.1f} s "
                f"({reason_of(error)}), so the rest cannot be read; copy or export it again."
            ) from error

    def seek(self, place: int) -> None:
        """Go to sample number `place`."""
        if self._file.seekable():
            self._file.seek(place)
            return
        self._file.close()
        self._file = through_a_pipe(self.path)
        while place > 0 and len(passed := self._next(min(place, BLOCK_SAMPLES))):
            place -= len(passed)

    def __enter__(self) -> "AudioReader":
        """The reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


def block_samples(channels: int) -> int:
    """Samples per channel in a block of a recording with so many channels, at least one."""
    return max(1024, BLOCK_SAMPLES // max(1, channels // 8))


def audio_info(path: str | Path) -> AudioInfo:
    """Rate, channels and length of a file, without decoding it.

    Raises:
        AudioError: as `AudioReader`.
    """
    with AudioReader(path) as reader:
        return reader.info


def read_audio(path: str | Path, *, lowest_rate_hz: int = LOWEST_RATE_HZ) -> tuple[Signal, int]:
    """A whole file: float32 [samples, channels] and its rate in Hz; what is no sound may have a lower one.

    Raises:
        AudioError: as `AudioReader`; also where samples are not finite numbers.
    """
    with AudioReader(path, lowest_rate_hz=lowest_rate_hz) as reader:
        audio = reader.read()
        if reader.info.encoding == "FLOAT" and not np.isfinite(audio).all():
            broken = int(np.count_nonzero(~np.isfinite(audio)))
            raise AudioError(
                f"{path} has {broken} samples that are not finite numbers, so it cannot be measured or mixed; "
                "export it again, or replace them."
            )
        return audio, reader.info.sample_rate_hz


def _refuse_unreadable(path: Path) -> None:
    if not path.exists():
        raise AudioError(f"{path} does not exist, so it cannot be read; check the path.")
    if path.is_dir():
        raise AudioError(f"{path} is a folder, not a recording; name a file in it.")
    if path.is_file() and path.stat().st_size == 0:
        raise AudioError(f"{path} is empty (0 bytes), so there is nothing to work on; record it again.")
