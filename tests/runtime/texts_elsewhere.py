"""A text on its way through another machine: by what the network answers there, and by everything that is there."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np

from linnet.runtime import TextModel, text_file
from linnet.runtime.alphabet import Places
from linnet.runtime.session import Codes
from linnet.runtime.text_network import Reading
from tests.runtime.text_models import any_bytes, text_model
from tests.runtime.whole_models import RunCodes
from tests.source_tree import ROOT

TEXT = (ROOT / "LICENSE").read_bytes()[:1500] + "Größe, 25 °C\n".encode()


class Told(Reading):
    """What the network said elsewhere behind each symbol of a text; asked for another symbol it fails."""

    def __init__(self, places: Places, codes: Codes) -> None:
        self._places, self._codes, self._row = places, codes, 0

    def step(self, place: int) -> Codes:
        return self.codes_after(np.array([place], np.int32))[0]

    def codes_after(self, places: Places) -> Codes:
        rows = slice(self._row, self._row + len(places))
        assert np.array_equal(self._places[rows], places), f"another text from byte {self._row} on"
        self._row += len(places)
        return self._codes[rows]


class Elsewhere(TextModel):
    """A model whose network ran on another machine over TEXT."""

    def __init__(self, here: TextModel, run_on: RunCodes, folder: Path) -> None:
        super().__init__(here.model)
        self._places = np.concatenate(([self.alphabet.first], self.alphabet.places(TEXT))).astype(np.int32)
        model, codes, answers = folder / "text.gguf", folder / "text.i16", folder / "answers.i16"
        model.write_bytes(here.model.content)
        codes.write_bytes(self.shown[self._places].tobytes())
        run_on(model, codes, answers)
        self._codes = np.fromfile(answers, np.int16).reshape(len(self._places), len(self.alphabet))

    def reading(self) -> Told:
        return Told(self._places, self._codes)


def assert_texts_travel(run_on: RunCodes, folder: Path) -> None:
    """What is compressed here comes back there, and the other way round: both write the same bytes."""
    for here in (TextModel.from_pretrained(), text_model()):
        there, packed = Elsewhere(here, run_on, folder), here.compress(TEXT)
        assert there.compress(TEXT) == packed
        assert there.decompress(packed) == TEXT
        assert here.decompress(packed) == TEXT


RunText = Callable[[str, Path, Path, Path, Path], None]
"""Runs engine/tests/run_text.c there: a way, a model, its symbols, blocks in, blocks out."""

Block = tuple[int, bool, bytes]
"""Bytes of content, whether they follow as they are, what follows."""

MOST = 700
"""Bytes of a block in these tests."""


def written(blocks: list[Block]) -> bytes:
    return b"".join(struct.pack("<III", size, stored, len(data)) + data for size, stored, data in blocks)


def read(data: bytes) -> Iterator[Block]:
    while data:
        size, stored, count = struct.unpack("<III", data[:12])
        yield size, bool(stored), data[12 : 12 + count]
        data = data[12 + count :]


def framed(model: TextModel, content: bytes, blocks: list[Block]) -> bytes:
    """The compressed file of a content from its blocks, which another machine made."""
    made = iter(blocks)

    class There:
        """A TextEncoder that has only to be asked in the right order."""

        def encode(self, block: bytes) -> bytes | None:
            size, stored, data = next(made)
            assert size == len(block)
            return None if stored else data

    with patch.object(text_file, "TextEncoder", lambda network: There()):
        return model.compress(content)


def assert_files_travel(run_text: RunText, folder: Path) -> None:
    """Blocks that are coded there are the file that is written here, and come back there; one of them is stored."""
    content = TEXT[:MOST] + any_bytes(3, MOST) + TEXT[MOST:]
    plain = [content[i : i + MOST] for i in range(0, len(content), MOST)]
    given, symbols, model = folder / "given", folder / "symbols", folder / "model.gguf"
    for here in (TextModel.from_pretrained(), text_model()):
        model.write_bytes(here.model.content)
        symbols.write_bytes(here.alphabet.symbols)
        given.write_bytes(written([(len(block), True, block) for block in plain]))
        run_text("encode", model, symbols, given, folder / "coded")
        coded = list(read((folder / "coded").read_bytes()))
        assert {stored for _, stored, _ in coded} == {False, True}
        with patch.object(text_file, "BLOCK", MOST):
            assert framed(here, content, coded) == here.compress(content)
        run_text("decode", model, symbols, folder / "coded", folder / "back")
        assert (folder / "back").read_bytes() == given.read_bytes()
