"""Examples of text: pieces of the files of a folder, drawn at random for training, in order elsewhere.

A folder holds `train/*.txt`, `val/*.txt` and perhaps `test/*.txt`, files of any bytes. Batch `i` is a pure function of
(seed, i).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linnet.runtime.alphabet import UNKNOWN, Alphabet, Places
from linnet.tasks.contract import WHOLE, Counted, Share, refuse_odd_shares_and_ranges

ENDING = "*.txt"
LONGEST_PIECE = 1 << 16


class TextError(ValueError):
    """A folder of texts that cannot be used; the message says what came, why not, and what to do."""


@dataclass(frozen=True)
class PieceSettings:
    """What a batch is made of."""

    batch: int = 32
    """Pieces of a batch of training."""
    length: int = 256
    """Bytes of each, all of which are predicted; the network begins at rest."""
    unknown_probability: float = 0.0
    """Share of the bytes that are shown as one that is not in the alphabet, so that the network bears those."""
    validation_batch: int = 16
    """Pieces of a batch of `val` and `test`."""
    validation_length: int = 1024
    """Bytes of each."""
    context: int = 64
    """Of these, those at the beginning that are not scored: there the network has seen little."""

    def __post_init__(self) -> None:
        if min(self.batch, self.validation_batch) < 1 or not 1 <= self.length <= LONGEST_PIECE:
            raise ValueError(
                f"batch={self.batch}, validation_batch={self.validation_batch} and length={self.length} make no batch; "
                f"choose batches of 1 or more, and 1 to {LONGEST_PIECE} bytes."
            )
        if not 0 <= self.context < min(self.length, self.validation_length) <= LONGEST_PIECE:
            raise ValueError(
                f"context={self.context} leaves nothing to score of length={self.length} or "
                f"validation_length={self.validation_length}; choose a smaller context, and at most {LONGEST_PIECE}."
            )
        refuse_odd_shares_and_ranges(self)


class Batch(NamedTuple):
    """Places in the alphabet, UNKNOWN for bytes that are not in it: int32 [batch, length] each."""

    shown: Places
    """What the network sees."""
    asked: Places
    """What comes next."""


def read_texts(root: Path, folder: str) -> tuple[NDArray[np.uint8], ...]:
    """The bytes [n] of every text of a split that holds any, by the order of their names.

    Raises:
        TextError: a file cannot be read, or there is none with a byte in it.
    """
    paths = sorted((root / folder).glob(ENDING))
    try:
        texts = [np.frombuffer(path.read_bytes(), np.uint8) for path in paths]
    except OSError as error:
        raise TextError(
            f"{error.filename} cannot be read as a text ({error.strerror}); correct its permissions, or take it out."
        ) from error
    texts = [text for text in texts if text.size]
    if not texts:
        raise TextError(
            f"{root / folder} holds no text in files named {ENDING}, so there is nothing to learn or score; put texts "
            "there, as `linnet data split` does."
        )
    return tuple(texts)


class Joined:
    """Texts one behind the other; the byte before each text is the alphabet's first."""

    def __init__(self, texts: tuple[NDArray[np.uint8], ...], alphabet: Alphabet) -> None:
        """Look every byte up once: int32, 4 bytes for each."""
        first = np.array([alphabet.first], np.int32)
        parts = [part for text in texts for part in (first, alphabet.places(text))]
        self.places: Places = np.concatenate(parts)
        self.is_byte = np.concatenate([np.arange(text.size + 1) > 0 for text in texts])
        self.bytes = sum(text.size for text in texts)
        self.count = len(texts)

    def piece(self, start: int, length: int) -> Batch:
        """`length` places from `start` on and those after them, again from the beginning behind the end."""
        around = np.arange(start, start + length + 1) % len(self.places)
        places = self.places[around]
        return Batch(places[:-1], places[1:])


@dataclass(frozen=True)
class Drawn:
    """Training's endless pieces, from anywhere."""

    texts: Joined
    settings: PieceSettings
    seed: int
    share: Share = WHOLE

    def batch(self, index: int) -> Batch:
        """Pieces index*batch and on, of those our share, stacked."""
        first = index * self.settings.batch
        return _stacked([self._piece(first + row) for row in self.share.rows(self.settings.batch)])

    def _piece(self, number: int) -> Batch:
        rng = np.random.default_rng([self.seed, number])
        piece = self.texts.piece(int(rng.integers(len(self.texts.places))), self.settings.length)
        if not self.settings.unknown_probability:
            return piece
        hidden = rng.random(self.settings.length) < self.settings.unknown_probability
        return piece._replace(shown=np.where(hidden, UNKNOWN, piece.shown).astype(np.int32))


@dataclass(frozen=True)
class InOrder:
    """Pieces that overlap by what is not scored: every byte is scored once, then again from the first."""

    texts: Joined
    settings: PieceSettings
    share: Share = WHOLE

    def batch(self, index: int) -> Batch:
        """Pieces index*validation_batch and on, of those our share, stacked."""
        settings = self.settings
        first, step = index * settings.validation_batch, settings.validation_length - settings.context
        rows = self.share.rows(settings.validation_batch)
        return _stacked([self.texts.piece((first + row) * step, settings.validation_length) for row in rows])

    def once(self) -> Iterator[Counted]:
        """All pieces, which ask for every byte of the texts once; each counts by the bytes that are scored."""
        settings = self.settings
        step, size = settings.validation_length - settings.context, settings.validation_batch
        starts = range(0, len(self.texts.places), step)
        for first in range(0, len(starts), size):
            batch = _stacked([self._asked_once(start) for start in starts[first : first + size]])
            scored = batch.asked[:, settings.context :] != UNKNOWN
            yield Counted(batch, np.sum(scored, axis=1).astype(np.float64))

    def _asked_once(self, start: int) -> Batch:
        """A piece that asks neither for what is before a text nor, at the end, for what the first piece asks for."""
        length, places = self.settings.validation_length, len(self.texts.places)
        piece, column = self.texts.piece(start, length), np.arange(length)
        asked_already = column >= self.settings.context + places - start
        wanted = self.texts.is_byte[(start + 1 + column) % places] & ~asked_already
        return piece._replace(asked=np.where(wanted, piece.asked, UNKNOWN).astype(np.int32))


def _stacked(pieces: list[Batch]) -> Batch:
    return Batch(np.stack([piece.shown for piece in pieces]), np.stack([piece.asked for piece in pieces]))
