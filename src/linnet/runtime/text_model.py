"""Text from Python: how many bits it costs, text drawn from a model, and files that give a text back byte for byte."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Iterator
from math import isfinite

import numpy as np

from linnet.runtime.model import Model
from linnet.runtime.pretrained import DEFAULT_TEXT_MODEL, pretrained_bytes
from linnet.runtime.text_bits import bits_of
from linnet.runtime.text_file import Source, compressed, decompressed
from linnet.runtime.text_network import Frequencies, TextNetwork

WEIGHT_BITS = 40
"""Of the weights of symbols where a temperature other than 1 makes them."""


class TextModel(TextNetwork):
    """A model of the task `text`. It keeps nothing between calls, so threads may share it."""

    @classmethod
    def from_pretrained(cls, name: str = DEFAULT_TEXT_MODEL) -> TextModel:
        """Load one of the models inside the package, `pretrained_names("text")`; without a name, the default.

        Raises:
            ModelError: there is none of this name; the message lists those there are.
        """
        model = Model(pretrained_bytes(name))
        model.label = name
        return cls(model)

    def bits(self, text: bytes) -> float:
        """How many bits a text costs by the network alone, from rest: -log2 of its likelihood.

        `compress` learns from the text as well, and needs fewer.

        Raises:
            TypeError: the text is not bytes.
        """
        return bits_of(self, _bytes_of(text))

    def generate(self, prompt: bytes = b"", *, seed: int = 0, temperature: float = 1.0) -> Iterator[bytes]:
        """What may follow a prompt, byte by byte and without end; memory does not grow.

        Args:
            prompt: where the text begins; the model reads it first, and it is not given again.
            seed: another one draws another text. At temperature 1 and 0 a seed gives the same text on every machine.
            temperature: below 1 the likely becomes likelier, above 1 less so; 0 takes the likeliest byte each time.

        Raises:
            TypeError: the prompt is not bytes.
            ValueError: the temperature is negative or not finite.
        """
        if not (temperature >= 0 and isfinite(temperature)):
            raise ValueError(
                f"temperature={temperature} draws nothing; give 0 (always the likeliest) or more, 1 as it learned."
            )
        return self._drawn(_bytes_of(prompt), random.Random(seed), temperature)

    def _drawn(self, prompt: bytes, rng: random.Random, temperature: float) -> Iterator[bytes]:
        reading, symbols = self.reading(), self.alphabet.symbols
        frequencies = reading.after(self.alphabet.first)
        for place in self.alphabet.places(prompt):
            frequencies = reading.after(int(place))
        while True:
            place = _draw(frequencies, rng, temperature)
            yield symbols[place : place + 1]
            frequencies = reading.after(place)

    def compress(self, text: bytes) -> bytes:
        """The compressed file of a text; `decompress` with the same model gives the text back.

        Raises:
            TypeError: the text is not bytes.
        """
        return b"".join(self.compress_pieces([text]))

    def compress_pieces(self, text: Iterable[bytes]) -> Iterator[bytes]:
        """The same in pieces, of a text that comes in pieces of any size; memory does not grow with it."""
        return compressed(self, map(_bytes_of, text))

    def decompress(self, packed: bytes) -> bytes:
        """The text that was compressed with this model.

        Raises:
            PackedError: it is no compressed text, was made with another model, is damaged, or ends too early.
        """
        return b"".join(self.decompress_file(io.BytesIO(packed), "the compressed text"))

    def decompress_file(self, file: Source, label: str) -> Iterator[bytes]:
        """The same in pieces, read from a file, which `label` names in errors.

        All of the text is right only once the iterator has ended without an error.

        Raises:
            PackedError: as `decompress`.
        """
        return decompressed(self, file, label)

    def __repr__(self) -> str:
        """What it is made of."""
        return f"TextModel({self.model!r}, {len(self.alphabet)} symbols)"


def _bytes_of(text: bytes) -> bytes:
    """The text, where it is bytes.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(text, bytes | bytearray | memoryview):
        raise TypeError(
            f"a text of type {type(text).__name__} came, but a text is bytes, as they stand in a file; give "
            'text.encode(), or a file opened with "rb".'
        )
    return bytes(text)


def _draw(frequencies: Frequencies, rng: random.Random, temperature: float) -> int:
    """A symbol, as likely as its frequency."""
    if temperature == 0:
        return int(np.argmax(frequencies))
    weights = frequencies if temperature == 1 else _tempered(frequencies, temperature)
    sums = np.cumsum(weights)
    return int(np.searchsorted(sums, int(rng.random() * int(sums[-1])), side="right"))


def _tempered(frequencies: Frequencies, temperature: float) -> Frequencies:
    """Frequencies to the power of 1 / temperature, the largest 2^WEIGHT_BITS."""
    relative = frequencies / frequencies.max()
    return (relative ** (1.0 / temperature) * 2.0**WEIGHT_BITS).astype(np.int64)
