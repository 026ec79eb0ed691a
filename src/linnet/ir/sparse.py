"""The stored form of a sparse int8 matrix: its nonzeros, and the gaps between them in four bits each.

Row by row, each nonzero is preceded by g zeros since the last one (or since column 0). g is a stream of
nibbles: 15 means "fifteen zeros, and more follows", 0..14 ends the gap. Nibbles run on over the rows,
low half of a byte first; the last half byte is zero. 90 % zeros cost about 1.6 bytes per nonzero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_LONG = 15  # the nibble that skips fifteen zeros and continues


@dataclass(frozen=True)
class SparseForm:
    """values int8 [nonzeros], gaps int8 [bytes], counts int16 [rows]: the nonzeros of every row."""

    values: npt.NDArray[np.int8]
    gaps: npt.NDArray[np.int8]
    counts: npt.NDArray[np.int16]

    @property
    def stored_bytes(self) -> int:
        """Bytes in the file, alignment left out."""
        return self.values.nbytes + self.gaps.nbytes + self.counts.nbytes


def encode_sparse(weight: npt.NDArray[np.int8]) -> SparseForm:
    """The sparse form of `weight` [rows, columns], at most 32767 columns."""
    rows, columns = np.nonzero(weight)
    counts = np.bincount(rows, minlength=weight.shape[0]).astype(np.int16)
    before = np.concatenate([[-1], columns[:-1]])
    starts = np.concatenate([[True], rows[1:] != rows[:-1]])
    gaps = columns - np.where(starts[: rows.size], -1, before[: rows.size]) - 1
    ends = np.cumsum(gaps // _LONG + 1) - 1
    nibbles = np.full(int(ends[-1]) + 1 if ends.size else 0, _LONG, np.uint8)
    nibbles[ends] = gaps % _LONG
    if nibbles.size % 2:
        nibbles = np.append(nibbles, np.uint8(0))
    packed = (nibbles[0::2] | (nibbles[1::2] << 4)).astype(np.uint8).view(np.int8)
    return SparseForm(weight[rows, columns], packed, counts)


def decode_sparse(form: SparseForm, columns: int) -> npt.NDArray[np.int8]:
    """The matrix [rows, columns] of `form`; ValueError where counts, gaps and columns disagree."""
    counts = form.counts.astype(np.int64)
    if counts.min(initial=0) < 0 or counts.sum() != form.values.size:
        raise ValueError(f"the counts of its rows do not add up to its {form.values.size} values")
    packed = form.gaps.view(np.uint8)
    if 2 * packed.size > form.values.size + counts.size * columns // _LONG + 2:
        raise ValueError(f"its {packed.size} bytes of gaps are more than its matrix can need")
    nibbles = np.stack([packed & 15, packed >> 4], axis=1).reshape(-1)
    ends = np.flatnonzero(nibbles != _LONG)[: form.values.size]
    used = int(ends[-1]) + 1 if ends.size else 0
    if ends.size < form.values.size or (used + 1) // 2 != packed.size or np.any(nibbles[used:]):
        raise ValueError(f"its {packed.size} bytes of gaps do not hold {form.values.size} gaps")
    travelled = np.cumsum(nibbles + (nibbles != _LONG), dtype=np.int64)
    reached = np.concatenate([[0], travelled[ends]])
    first = np.cumsum(counts) - counts  # the first nonzero of every row
    column = reached[1:] - np.repeat(reached[first], counts) - 1
    if column.size and column.max() >= columns:
        raise ValueError(f"a gap leads past its {columns} columns")
    weight = np.zeros((counts.size, columns), np.int8)
    weight[np.repeat(np.arange(counts.size), counts), column] = form.values
    return weight
