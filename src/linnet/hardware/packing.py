"""The memory that synapses take in a core, and the limits of a core.

The packing rule is that of Loihi 1 (nengo-loihi, block.py) with the block size fitted to listings of Loihi 2: per axon,
blocks of synapses with a header each, rounded up to 64-bit words. An axon is stored dense where that is smaller.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from linnet.hardware.parameters import Chip

WORD_BITS = 64

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CoreUse:
    """What one core holds, each figure with a limit of the chip."""

    neurons: int
    synapse_words: int
    state_words: int
    axons_in: int
    axons_out: int

    def shares(self, chip: Chip) -> dict[str, float]:
        """The share of every limit that is used."""
        return {field.name: getattr(self, field.name) / chip.count(field.name) for field in fields(self)}

    def broken(self, chip: Chip) -> str | None:
        """The limit that is exceeded most, in words; None where all hold."""
        shares = self.shares(chip)
        name = max(shares, key=lambda each: shares[each])
        if shares[name] <= 1:
            return None
        count, limit = f"{getattr(self, name):,} {name.replace('_', ' ')}", chip.count(name)
        return f"{count}, {shares[name]:.2f} times the limit of {limit:,}"


def axon_words(synapses: npt.ArrayLike, *, targets: int, chip: Chip) -> Counts:
    """64-bit words of axons with so many synapses each, on a core with `targets` accumulators.

    Zero synapses take no word. `synapses` has any shape.
    """
    count = np.asarray(synapses, np.int64)
    weight = chip.count("weight_field")
    index = max(chip.count("index_field_smallest"), int(max(targets - 1, 1)).bit_length())
    sparse = _blocks(count, weight + index, chip)
    dense = _blocks(np.full_like(count, targets), weight, chip)
    return np.where(count == 0, 0, np.minimum(sparse, dense))


def _blocks(count: Counts, synapse_bits: int, chip: Chip) -> Counts:
    """Words of `count` synapses in blocks: header and synapses, each block rounded up."""
    size, header = chip.count("synapse_block"), chip.count("synapse_header")
    whole = -(-(size * synapse_bits + header) // WORD_BITS)
    rest = count % size
    last = np.where(rest > 0, -(-(rest * synapse_bits + header) // WORD_BITS), 0)
    return count // size * whole + last
