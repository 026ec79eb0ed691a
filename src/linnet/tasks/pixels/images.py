"""Images of MNIST as sequences of pixels: files read and checked, examples drawn or in order. NumPy only.

A folder holds the four files of MNIST in their original form. The last 5000 images of training are `val`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linnet.audio.files import AudioError
from linnet.tasks.contract import WHOLE, Counted, Share, counted_alike

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
IMAGES_HEADER, LABELS_HEADER = 16, 8  # bytes
SIDE = 28
PIXELS = SIDE * SIDE
VALIDATION = 5000


class Images(NamedTuple):
    """`pixels` uint8 [images, PIXELS] in the order in which they are shown; `digit` uint8 [images]."""

    pixels: npt.NDArray[np.uint8]
    digit: npt.NDArray[np.uint8]


class Batch(NamedTuple):
    """`pixels` float32 [images, PIXELS] in 0..1; `digit` int32 [images]."""

    pixels: npt.NDArray[np.float32]
    digit: npt.NDArray[np.int32]


def order_of(seed: int) -> npt.NDArray[np.int64]:
    """The order in which pixels are shown: reading order for -1, else a permutation drawn by this seed."""
    return np.arange(PIXELS) if seed < 0 else np.random.default_rng(seed).permutation(PIXELS)


def read_images(root: Path, split: str, order_seed: int) -> Images:
    """The images of `train`, `val` or `test`.

    Raises:
        AudioError: a file is missing, or is not as long as its number of images says.
    """
    images, labels = (root / name for name in FILES["test" if split == "test" else "train"])
    pixels, digit = _bytes(images)[IMAGES_HEADER:], _bytes(labels)[LABELS_HEADER:]
    if not digit.size or pixels.size != PIXELS * digit.size or digit.max(initial=0) > 9:
        raise AudioError(
            f"{images} has {pixels.size} bytes of images, and {labels} {digit.size} labels, which are no digits of "
            f"{SIDE} x {SIDE} pixels; fetch both again, unpacked."
        )
    kept = min(VALIDATION, digit.size // 2)
    part = {"train": slice(None, -kept), "val": slice(-kept, None), "test": slice(None)}[split]
    return Images(pixels.reshape(-1, PIXELS)[part][:, order_of(order_seed)], digit[part])


def _bytes(path: Path) -> npt.NDArray[np.uint8]:
    try:
        return np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise AudioError(
            f"{path} cannot be read ({error.strerror}), so there are no images; name a folder with the four files of "
            "MNIST."
        ) from error


@dataclass(frozen=True)
class Shown:
    """Images drawn at random for training, or all in order, again from the first behind the last."""

    images: Images
    size: int
    seed: int | None
    """None shows them in order."""
    share: Share = WHOLE

    def batch(self, index: int) -> Batch:
        """Images index*size and on, of those our share."""
        count = len(self.images.digit)
        places = index * self.size + np.arange(self.size)
        if self.seed is not None:
            places = np.random.default_rng([self.seed, index]).integers(count, size=self.size)
        return self._at(places[list(self.share.rows(self.size))] % count)

    def once(self) -> Iterator[Counted]:
        """Every image once, in order."""
        count = len(self.images.digit)
        for first in range(0, count, self.size):
            places = np.arange(first, min(first + self.size, count))
            yield counted_alike(self._at(places), len(places))

    def _at(self, places: npt.NDArray[np.int64]) -> Batch:
        pixels = self.images.pixels[places].astype(np.float32) / np.float32(255)
        return Batch(pixels, self.images.digit[places].astype(np.int32))
