"""The symbols of a text model: which bytes it knows, and how each is shown to its network as one input among zeros.

Bytes that are not in the alphabet are shown as nothing: all inputs are 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UNKNOWN = -1
"""The place of a byte that is not in the alphabet."""

BYTES = 256

Places = npt.NDArray[np.int32]


class Alphabet:
    """Different bytes in an order that never changes: byte `symbols[i]` is input i and output i of the network."""

    def __init__(self, characters: str = "") -> None:
        """The bytes whose values are the code points of `characters`; without any, all 256 bytes in ascending order.

        Raises:
            ValueError: a character stands there twice, has a code point above 255, or there is only one.
        """
        odd = sorted({each for each in characters if ord(each) >= BYTES or characters.count(each) > 1})
        if odd or len(characters) == 1:
            reason = f"{odd[0]!r} is no byte or is there twice" if odd else "one symbol tells nothing"
            raise ValueError(
                f"alphabet={characters!r} names no bytes to choose from: {reason}; give two or more different "
                "characters up to U+00FF, or none for all 256 bytes."
            )
        self.symbols = characters.encode("latin-1") if characters else bytes(range(BYTES))
        self.missing = bytes(sorted(set(range(BYTES)) - set(self.symbols)))
        self._places = np.full(BYTES, UNKNOWN, np.int32)
        self._places[np.frombuffer(self.symbols, np.uint8)] = np.arange(len(self.symbols))
        self.place_of: list[int] = self._places.tolist()
        """The place of each byte, UNKNOWN where it is not in it."""

    def __len__(self) -> int:
        """How many symbols there are."""
        return len(self.symbols)

    def places(self, text: bytes | npt.NDArray[np.uint8]) -> Places:
        """The place of every byte [n] in the alphabet, UNKNOWN where it is not in it: int32 [n]."""
        values = np.frombuffer(text, np.uint8) if isinstance(text, bytes) else text
        return self._places[values]

    @property
    def first(self) -> int:
        """The place of what a network is shown before the first byte of a text: a line feed where it is known."""
        return max(0, int(self._places[ord("\n")]))
