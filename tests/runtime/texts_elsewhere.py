"""A text on its way through another machine: compressed and decompressed by what the network answers there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from linnet.runtime import TextModel
from linnet.runtime.alphabet import Places
from linnet.runtime.session import Codes
from linnet.runtime.text_network import Reading
from tests.runtime.text_models import text_model
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
