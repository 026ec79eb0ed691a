"""Sound through pipes: WAV and raw samples, read as they arrive and written as soon as they are ready.

libsndfile rewinds the files it opens, and a pipe cannot be rewound. So the header of WAV is read and written here.
Files are the business of files.py and writing.py; where a pipe comes from is that of the command line.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from linnet.audio.encodings import ENCODINGS, codes_of, encoding_like
from linnet.audio.files import LOWEST_RATE_HZ
from linnet.audio.formats import AudioError, AudioInfo, Signal
from linnet.audio.resample import HIGHEST_RATE_HZ, MOST_CHANNELS

RAW_FORMATS = {"s16le": "PCM_16", "s24le": "PCM_24", "f32le": "FLOAT"}
"""Names of raw samples, as ffmpeg spells them, and their encodings; little-endian, channels interleaved."""

BYTES_AT_ONCE = 1 << 16
"""At most so many are read at a time; fewer where fewer have arrived."""

UNKNOWN_BYTES = 0x7FFFF000
"""The size in a header that does not know how much sound follows: sox writes this one, and takes no other for it."""

UNKNOWN_FROM = 0x7FFF0000
"""From here on a size is not believed; ffmpeg writes 0xFFFFFFFF."""

MOST_HEADER_BYTES = 1 << 24

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_SUBTYPES = {
    (_PCM, 8): "PCM_U8",
    (_PCM, 16): "PCM_16",
    (_PCM, 24): "PCM_24",
    (_PCM, 32): "PCM_32",
    (_FLOAT, 32): "FLOAT",
    (_FLOAT, 64): "DOUBLE",
}
_BYTES = {subtype: bits // 8 for (_, bits), subtype in _SUBTYPES.items()}


class Pipe(Protocol):
    """What sound is read from."""

    def read1(self, size: int, /) -> bytes:
        """Return up to `size` bytes, as many as are there; none at the end."""


@dataclass(frozen=True)
class RawForm:
    """What nobody can tell from raw samples: their rate, channels and format."""

    sample_rate_hz: int
    channels: int = 1
    format: str = "s16le"


class _Header(NamedTuple):
    sample_rate_hz: int
    channels: int
    subtype: str
    data_bytes: int | None  # None: until the pipe ends


class PipeReader:
    """Sound from a pipe: a WAV stream, or raw samples where `raw` says what they are.

    `info.samples` is what the header claims, 0 where it does not know; `samples` counts what has come, and
    `cut_bytes` those of a last sample that came in part.
    """

    def __init__(self, pipe: Pipe, raw: RawForm | None = None, *, name: str = "standard input") -> None:
        """Read the header.

        Raises:
            AudioError: it is no WAV that can be read, or its rate or channels are those of no sound.
        """
        self._pipe, self.name = pipe, name
        if raw is None:
            header = self._read_header()
        else:
            header = _Header(raw.sample_rate_hz, raw.channels, RAW_FORMATS[raw.format], None)
        self._refuse_beyond_sound(header)
        self._subtype, self._left = header.subtype, header.data_bytes
        self._frame_bytes = header.channels * _BYTES[header.subtype]
        claimed = (header.data_bytes or 0) // self._frame_bytes
        encoding = encoding_like(header.subtype)
        self.info = AudioInfo(header.sample_rate_hz, header.channels, claimed, encoding)
        self.samples = self.cut_bytes = 0

    @property
    def missing_samples(self) -> int:
        """How many samples the header claimed and the pipe did not bring."""
        return max(0, self.info.samples - self.samples)

    def blocks(self) -> Iterator[Signal]:
        """What arrives, as float32 [n, channels], at once; until the sound or the pipe ends.

        Raises:
            AudioError: no sample came.
        """
        rest = b""
        while arrived := self._arrived():
            waiting = rest + arrived
            whole = len(waiting) // self._frame_bytes * self._frame_bytes
            rest = waiting[whole:]
            if whole:
                block = _decoded(waiting[:whole], self._subtype).reshape(-1, self.info.channels)
                self.samples += len(block)
                yield block
        self.cut_bytes = len(rest)
        while self._pipe.read1(BYTES_AT_ONCE):  # what follows the sound, so that its writer ends well
            pass
        if not self.samples:
            raise AudioError(
                f"{self.name} holds no samples, so there is nothing to work on; check the command before the pipe."
            )

    def _arrived(self) -> bytes:
        wanted = BYTES_AT_ONCE if self._left is None else min(BYTES_AT_ONCE, self._left)
        arrived = self._pipe.read1(wanted) if wanted else b""
        if self._left is not None:
            self._left -= len(arrived)
        return arrived

    def _exactly(self, count: int) -> bytes:
        parts = b""
        while len(parts) < count:
            part = self._pipe.read1(count - len(parts))
            if not part:
                raise AudioError(
                    f"{self.name} ended after {len(parts)} bytes of a WAV header, so no sound came; check the command "
                    "before the pipe."
                )
            parts += part
        return parts

    def _read_header(self) -> _Header:
        start = self._exactly(12)
        if start[:4] not in (b"RIFF", b"RF64", b"BW64") or start[8:] != b"WAVE":
            raise AudioError(
                f"{self.name} begins with {start[:4]!r}, which is no WAV, and only WAV and raw samples can be read "
                "from a pipe; convert it first (ffmpeg -i IN -f wav -), or say what raw samples are with --raw-rate."
            )
        form, long_bytes, left = b"", None, MOST_HEADER_BYTES
        while True:
            name, size = struct.unpack("<4sI", self._exactly(8))
            if name == b"data":
                return self._header_of(form, _data_bytes(size, long_bytes))
            left -= size
            if left < 0:
                raise AudioError(
                    f"{self.name} has a WAV header of more than {MOST_HEADER_BYTES >> 20} MiB, so it is damaged; "
                    "write it again."
                )
            content = self._exactly(size + size % 2)
            if name == b"fmt ":
                form = content
            elif name == b"ds64" and size >= 16:
                long_bytes = int(struct.unpack("<8xQ", content[:16])[0])

    def _header_of(self, form: bytes, data_bytes: int | None) -> _Header:
        if len(form) < 16:
            raise AudioError(f"{self.name} does not say how its samples are stored; write the WAV again.")
        tag, channels, rate_hz, _, _, bits = struct.unpack("<HHIIHH", form[:16])
        if tag == _EXTENSIBLE and len(form) >= 26:
            tag = int(struct.unpack("<H", form[24:26])[0])
        if (tag, bits) not in _SUBTYPES:
            raise AudioError(
                f"{self.name} is a WAV of kind {tag} with {bits} bits, and from a pipe PCM of 8 to 32 bits and floats "
                "are read; convert it first (sox - -e signed -b 16 -t wav -)."
            )
        return _Header(rate_hz, channels, _SUBTYPES[tag, bits], data_bytes)

    def _refuse_beyond_sound(self, header: _Header) -> None:
        if not LOWEST_RATE_HZ <= header.sample_rate_hz <= HIGHEST_RATE_HZ:
            raise AudioError(
                f"{self.name} has {header.sample_rate_hz} samples a second, and sound has {LOWEST_RATE_HZ} to "
                f"{HIGHEST_RATE_HZ}; correct the rate."
            )
        if not 1 <= header.channels <= MOST_CHANNELS:
            raise AudioError(
                f"{self.name} has {header.channels} channels, and sound has 1 to {MOST_CHANNELS}; correct their number."
            )


class PipeWriter:
    """Sound into a pipe, as WAV or raw, sent on at every write. Where the output is a file, its length is filled in."""

    def __init__(self, pipe: BinaryIO, info: AudioInfo, *, raw_format: str | None = None) -> None:
        """Write the header, whose length is not known yet; none where `raw_format` names a raw format.

        Raises:
            OSError: the pipe is closed, or the disk is full.
        """
        self._pipe = pipe
        self._encoding = info.encoding if raw_format is None else RAW_FORMATS[raw_format]
        self._info, self._is_raw, self._data_bytes = info, raw_format is not None, 0
        if not self._is_raw:
            self._start = pipe.tell() if _can_go_back(pipe) else None
            pipe.write(self._header(UNKNOWN_BYTES))
            pipe.flush()

    def write(self, block: Signal) -> None:
        """Send float32 [n, channels] on; beyond ±1 integers are clipped.

        Raises:
            OSError: the pipe is closed, or the disk is full.
        """
        data = _encoded(block, self._encoding)
        self._data_bytes += len(data)
        self._pipe.write(data)
        self._pipe.flush()

    def close(self) -> None:
        """Pad the sound to an even length and fill the length in, where that is possible."""
        if self._is_raw:
            return
        self._pipe.write(bytes(self._data_bytes % 2))
        if self._start is not None and self._data_bytes < 2**32 - 64:
            end = self._pipe.tell()
            self._pipe.seek(self._start)
            self._pipe.write(self._header(self._data_bytes))
            self._pipe.seek(end)
        self._pipe.flush()

    def _header(self, data_bytes: int) -> bytes:
        bits, channels, rate_hz = ENCODINGS[self._encoding], self._info.channels, self._info.sample_rate_hz
        tag, frame = _FLOAT if self._encoding == "FLOAT" else _PCM, channels * bits // 8
        form = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame, frame, bits)
        whole = data_bytes + data_bytes % 2 + 36
        return (
            struct.pack("<4sI4s4sI", b"RIFF", whole, b"WAVE", b"fmt ", 16)
            + form
            + struct.pack("<4sI", b"data", data_bytes)
        )


def _data_bytes(size: int, long_bytes: int | None) -> int | None:
    """How many bytes of sound follow; None where nobody knows."""
    if size == 0xFFFFFFFF and long_bytes:
        return long_bytes
    return None if size == 0 or size >= UNKNOWN_FROM else size


def _can_go_back(pipe: BinaryIO) -> bool:
    """Whether it is a file in which the header can be written again: not a pipe, and not opened with >>."""
    if not pipe.seekable():
        return False
    try:
        import fcntl
        import os

        return not fcntl.fcntl(pipe.fileno(), fcntl.F_GETFL) & os.O_APPEND
    except (ImportError, OSError):  # no such call on Windows; no descriptor in memory
        return True


def _decoded(data: bytes, subtype: str) -> Signal:
    """Float32 as libsndfile gives it."""
    if subtype in ("FLOAT", "DOUBLE"):
        return np.frombuffer(data, "<f4" if subtype == "FLOAT" else "<f8").astype(np.float32)
    if subtype == "PCM_U8":
        return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) * np.float32(2.0**-7)
    if subtype == "PCM_16":
        return np.frombuffer(data, "<i2").astype(np.float32) * np.float32(2.0**-15)
    codes = _wide(data) if subtype == "PCM_24" else np.frombuffer(data, "<i4")
    return codes.astype(np.float32) * np.float32(2.0**-31)


def _wide(data: bytes) -> NDArray[np.int32]:
    """Integers of 24 bits as the upper ones of 32."""
    words = np.zeros((len(data) // 3, 4), np.uint8)
    words[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return words.view("<i4")[:, 0]


def _encoded(block: Signal, encoding: str) -> bytes:
    codes = codes_of(np.ascontiguousarray(block, np.float32), ENCODINGS[encoding])
    if encoding == "PCM_24":
        return np.ascontiguousarray(codes, "<i4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    return codes.astype("<i2" if encoding == "PCM_16" else "<f4").tobytes()
