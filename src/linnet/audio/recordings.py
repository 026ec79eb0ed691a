"""One mono recording, in memory or on disk; a cut of it has the same bits either way.

Which recordings there are is the business of sources.py.
"""

from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from linnet.audio.files import AudioError, AudioReader, audio_info, read_audio
from linnet.audio.resample import half_length, resample
from linnet.audio.scale import scale_of

Signal = NDArray[np.float32]
Codes = NDArray[np.int16]


class Recording(Protocol):
    """A mono recording at a known rate: `samples` long, `label` says who or what is heard."""

    @property
    def name(self) -> str:
        """Name of the file without its suffix."""

    @property
    def label(self) -> str:
        """Speaker, kind of noise, or room."""

    @property
    def samples(self) -> int:
        """Length."""

    def cut(self, start: int, samples: int) -> Signal:
        """Samples start..start+samples as float32; fewer where the recording ends."""


@dataclass(frozen=True)
class LoadedRecording:
    """A recording held in memory: `codes` int16 [samples] are full scale 32768."""

    name: str
    label: str
    codes: Codes

    @property
    def samples(self) -> int:
        """Length."""
        return self.codes.size

    def cut(self, start: int, samples: int) -> Signal:
        """Samples start..start+samples as float32; fewer where the recording ends."""
        return _signal(self.codes[start : start + samples])


@dataclass(frozen=True)
class FiledRecording:
    """A recording left on disk, of which each cut is read and resampled when asked for."""

    name: str
    label: str
    path: Path
    samples: int
    sample_rate_hz: int

    def cut(self, start: int, samples: int) -> Signal:
        """Samples start..start+samples as float32; fewer where the recording ends.

        Raises:
            AudioError: the file has gone, or is damaged.
        """
        with AudioReader(self.path) as reader:
            common = gcd(reader.info.sample_rate_hz, self.sample_rate_hz)
            up, down = self.sample_rate_hz // common, reader.info.sample_rate_hz // common
            margin = 0 if up == down else half_length(up, down)
            round_before = max(0, start // up - -(-margin // down))  # where both rates have a sample
            reader.seek(min(round_before * down, reader.info.samples))
            last = -(-(start + samples) * down // up) + margin
            heard = reader.read(last - round_before * down)[:, 0]
            self._refuse_integers(heard)
            part = resample(heard, down, up)
        offset = start - round_before * up
        return _signal(_codes(part[offset : offset + min(samples, self.samples - start)]))

    def _refuse_integers(self, heard: Signal) -> None:
        scale = scale_of(heard)
        if scale != 1:
            raise AudioError(
                f"{self.path} has samples of {np.abs(heard).max():g} where full scale is 1, so they would all be "
                f"clipped; divide them by {scale:g} and write the file again."
            )


def load(path: Path, label: str, sample_rate_hz: int) -> LoadedRecording:
    """Read one file as mono 16-bit codes at `sample_rate_hz`; of several channels the first is taken.

    Raises:
        AudioError: the file cannot be read.
    """
    audio, rate_hz = read_audio(path)
    first = audio[:, 0] / np.float32(scale_of(audio[:, 0]))
    return LoadedRecording(path.stem, label, _codes(resample(first, rate_hz, sample_rate_hz)))


def leave_on_disk(path: Path, label: str, sample_rate_hz: int) -> FiledRecording:
    """Look only at the length of one file.

    Raises:
        AudioError: the file cannot be read.
    """
    info = audio_info(path)
    samples = -(-info.samples * sample_rate_hz // info.sample_rate_hz)
    return FiledRecording(path.stem, label, path, samples, sample_rate_hz)


def _codes(signal: Signal) -> Codes:
    return np.clip(np.rint(signal * np.float32(32768)), -32768, 32767).astype(np.int16)


def _signal(codes: Codes) -> Signal:
    return codes.astype(np.float32) * np.float32(2**-15)
