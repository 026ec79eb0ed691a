"""Text as a task: the byte just read in, one input of 1 among zeros; out, for every byte how likely it is the next.

Each output s lies in (0, 1), and the likelihood of a byte is its share (s + 2^-15) / sum (s + 2^-15). By the integers
of a model file this is (code + 1) / sum (code + 1), without an exponential (runtime/text_network.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.runtime import Model
from linnet.runtime.alphabet import Alphabet
from linnet.runtime.text_network import TextNetwork
from linnet.tasks.contract import WHOLE, Apply, Examples, Measure, Share, Split, folder_of
from linnet.tasks.text.pieces import ENDING, Batch, Drawn, InOrder, Joined, PieceSettings, read_texts

LEAST = 2.0**-15
"""What is added to every output: one step of the integers."""


@dataclass(frozen=True)
class Text:
    """The tables of a recipe that are text's own; see each table's own class."""

    alphabet: str = ""
    """The bytes that the model knows, as characters up to U+00FF, in the order of its outputs; all 256 where empty."""
    pieces: PieceSettings = field(default_factory=PieceSettings)

    name = "text"
    front_end = None
    frames_per_second = 1.0
    """A second is a byte."""
    measure = Measure("negative_bits", "minus bits per byte", "bits", floor="uniform", short="bits")

    def __post_init__(self) -> None:
        Alphabet(self.alphabet)  # refuses what is none

    @property
    def inputs(self) -> int:
        """One for each symbol."""
        return len(self.alphabet) or 256

    @property
    def outputs(self) -> int:
        """One for each symbol."""
        return self.inputs

    @property
    def answers(self) -> tuple[str, ...]:
        """The symbols, each as the hexadecimal number of its byte."""
        return tuple(f"{value:02x}" for value in Alphabet(self.alphabet).symbols)

    def batch_size(self, split: Split) -> int:
        """Pieces of a batch."""
        return self.pieces.batch if split in ("train", "calibration") else self.pieces.validation_batch

    def has(self, data: Path, split: Split) -> bool:
        """Whether the folder of the split holds a text with a byte in it."""
        return any(path.stat().st_size for path in (data / folder_of(split)).glob(ENDING))

    def examples(self, data: Path, split: Split, *, seed: int, share: Share = WHOLE) -> Examples[Batch]:
        """Pieces from anywhere for training; all pieces in order elsewhere.

        Raises:
            TextError: there is no text in the folder, or one cannot be read.
        """
        texts = Joined(read_texts(data, folder_of(split)), Alphabet(self.alphabet))
        if split in ("val", "test"):
            return InOrder(texts, self.pieces, share)
        return Drawn(texts, self.pieces, seed, share)

    def features(self, batch: Batch) -> Array:
        """One input of 1 for the byte, none for one that is not in the alphabet: [length, batch, symbols]."""
        return jax.nn.one_hot(jnp.asarray(batch.shown).T, self.inputs, dtype=jnp.float32)

    def answer(self, apply: Apply, batch: Batch) -> Array:
        """How likely each symbol comes next: [batch, length, symbols]."""
        raised = apply(self.features(batch)) + LEAST
        return jnp.swapaxes(raised / jnp.sum(raised, axis=-1, keepdims=True), 0, 1)

    def objective(self, answer: Array, batch: Batch) -> Array:
        """Cross-entropy in bits per byte, over all bytes of the alphabet."""
        asked = jnp.asarray(batch.asked)
        return _mean(_bits(answer, asked), asked >= 0, axis=None)

    def imitate(self, answer: Array, taught: Array) -> Array:
        """Cross-entropy in bits per byte to the teacher's likelihoods."""
        return jnp.mean(-jnp.sum(taught * jnp.log2(answer), axis=-1))

    def score(self, answer: Array, batch: Batch) -> Array:
        """Minus bits per byte of every piece, behind its context."""
        asked = jnp.asarray(batch.asked)
        bits, known = _bits(answer, asked), asked >= 0
        context = self.pieces.context
        return -_mean(bits[:, context:], known[:, context:], axis=1)

    def floor(self, batch: Batch) -> Array:
        """What guessing gets."""
        return jnp.full(len(batch.asked), -jnp.log2(float(self.outputs)), jnp.float32)

    def answer_of(self, model: Model, batch: Batch) -> NDArray[np.float32]:
        """How likely each symbol comes next, by the engine: [batch, length, symbols]."""
        reader = TextNetwork(model, alphabet=self.alphabet)
        found = []
        for shown in np.asarray(batch.shown):
            frequencies = reader.reading().frequencies_after(shown)
            found.append(frequencies / frequencies.sum(axis=1, keepdims=True))
        return np.stack(found).astype(np.float32)

    def learned(self, updates: int) -> dict[str, Any]:
        """Millions of bytes seen, those seen again counted again."""
        return {"million_bytes": round(updates * self.pieces.batch * self.pieces.length / 1e6, 1)}

    def origin(self, data: Path, examples: Any) -> str:
        """How much text there is, and what the folder says of its own licence."""
        texts = examples.texts
        text = f"{texts.bytes} bytes in {texts.count} {'text' if texts.count == 1 else 'texts'}"
        notice = data / "LICENCE.txt"
        return f"{text}. {notice.read_text('utf-8').strip()}" if notice.is_file() else text


def _bits(answer: Array, asked: Array) -> Array:
    """-log2 of the likelihood of every byte that came: [batch, length]."""
    likely = jnp.take_along_axis(answer, jnp.maximum(asked, 0)[..., None], axis=-1)
    return -jnp.log2(likely[..., 0])


def _mean(bits: Array, known: Array, *, axis: int | None) -> Array:
    """The mean over the bytes of the alphabet."""
    return jnp.sum(bits * known, axis=axis) / jnp.maximum(1, jnp.sum(known, axis=axis))
