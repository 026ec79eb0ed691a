"""MP3 files that are wrong about their length: of variable bit rate without a header of their own, cut, or joined.

libsndfile takes the length from such a header, or guesses it from the size of the file, and reads no further. Here the
frames are counted, and a file that has more or fewer of them is read through a pipe, whose end libsndfile cannot guess.
The layout of a frame's header: ISO/IEC 11172-3, 2.4.1.3 and 2.4.2.3, and 13818-3 for the lower rates.
"""

import mmap
import os
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import soundfile

RATES_HZ = (44100, 48000, 32000)  # of MPEG 1; half of them of MPEG 2, a quarter of 2.5
SLOWER = {3: 1, 2: 2, 0: 4}  # by the two bits that tell the version; 1 is none
KBIT = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # a second, of layer III of MPEG 1
KBIT_LOWER = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # of MPEG 2 and 2.5
BEGINNING = re.compile(
    b"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]["  # of layer III, and of a version that there is
    + re.escape(bytes(kbit << 4 | low for kbit in range(1, len(KBIT)) for low in range(len(RATES_HZ) << 2)))
    + b"]",
    re.DOTALL,
)
FRAME_SAMPLES = 1152  # of MPEG 1; half of it of the others
APART_FRAMES = 6  # by which a true length may differ: tags, and what encoders put before and behind
ID3_HEADER = 10
TELLING = (b"Xing", b"Info", b"VBRI")
"""One of these stands early in a first frame that holds no sound but the length."""
TELLING_BYTES = 64
PIECE_BYTES = 1 << 16


def tells_its_length(path: Path, claimed: int) -> bool:
    """Whether the frames of a file hold about as many samples as are claimed."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = sum(samples for _, _, samples in _frames(content))
    return abs(found - claimed) <= APART_FRAMES * FRAME_SAMPLES


def _frames(content: mmap.mmap) -> Iterator[tuple[int, int, int]]:
    """Place, bytes and samples of every frame, first to last; what is no frame is skipped."""
    at = 0
    if content[:3] == b"ID3" and len(content) >= ID3_HEADER:
        at = ID3_HEADER + sum((content[6 + i] & 127) << 7 * (3 - i) for i in range(4))
    while header := BEGINNING.search(content, at):
        size, samples = _frame(header.group())
        yield header.start(), size, samples
        at = header.start() + size


def _first_of_sound(path: Path) -> int:
    """Where the sound begins: behind the frame that tells a length, where there is one."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at, size, _ = next(_frames(content), (0, 0, 0))
        head = content[at : at + min(size, TELLING_BYTES)]
        return at + size if any(name in head for name in TELLING) else at


def _frame(header: bytes) -> tuple[int, int]:
    """Bytes and samples of the frame that begins so."""
    slower, rate = SLOWER[header[1] >> 3 & 3], header[2] >> 2 & 3
    samples = FRAME_SAMPLES if slower == 1 else FRAME_SAMPLES // 2
    bits = 1000 * (KBIT if slower == 1 else KBIT_LOWER)[header[2] >> 4]
    padding = header[2] >> 1 & 1
    return samples // 8 * bits * slower // RATES_HZ[rate] + padding, samples


class Piped(soundfile.SoundFile):
    """A file that comes through a pipe."""

    def seekable(self) -> bool:
        """No."""
        return False


def through_a_pipe(path: Path) -> Piped:
    """The file, open, as something whose end is not known before it comes; it cannot be sought in."""
    start = _first_of_sound(path)
    into, out = os.pipe()

    def feed() -> None:
        try:
            with os.fdopen(out, "wb") as pipe, open(path, "rb") as file:
                file.seek(start)
                while piece := file.read(PIECE_BYTES):
                    pipe.write(piece)
        except OSError:  # nobody reads any more, or the disk fails: the sound ends here
            return

    Thread(target=feed, name="linnet-mp3", daemon=True).start()
    return Piped(into)


def counted(path: Path) -> int:
    """Samples of a file, decoded for that."""
    with through_a_pipe(path) as file:
        total = 0
        while len(heard := file.read(PIECE_BYTES, dtype="float32", always_2d=True)):
            total += len(heard)
        return total
