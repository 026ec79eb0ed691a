"""Bytes in, how likely each byte comes next: the network of a model of the task `text`, in whole numbers.

The network's outputs are codes of 0 to 32767. The frequency of a symbol is its code plus 1. No float is involved, so
every machine finds the same frequencies, as a coder needs (text_coder.py).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from linnet.runtime.alphabet import Alphabet, Places
from linnet.runtime.model import Model, ModelError, ModelSource
from linnet.runtime.session import Codes, Session

Frequencies = npt.NDArray[np.int64]


class TextNetwork:
    """A network that reads text. It keeps nothing between calls; every reading has a session of its own."""

    def __init__(self, model: ModelSource | Model, *, alphabet: str | None = None) -> None:
        """Load a model file, or its bytes.

        Args:
            model: of the task `text`.
            alphabet: the bytes it knows, as in a recipe; left out, those of the recipe in the file.

        Raises:
            ModelError: the model cannot be read, or its inputs and outputs are not these bytes.
        """
        self.model = model if isinstance(model, Model) else Model(model)
        info = self.model.info
        recipe = {"task": "text", "alphabet": alphabet} if alphabet is not None else self.model.recipe()
        self.alphabet = Alphabet(str(recipe.get("alphabet", "")))
        widths = int(info.input_width), int(info.output_width)
        if recipe.get("task") != "text" or widths != (len(self.alphabet),) * 2:
            raise ModelError(
                f"{self.model.label} takes {widths[0]} inputs and gives {widths[1]} outputs, and its recipe does not "
                "say that these are the bytes of a text, so it cannot read; give a model of the task text."
            )
        symbols = len(self.alphabet)
        self.shown = Session(self.model).quantize(np.concatenate((np.eye(symbols), np.zeros((1, symbols)))))
        """Of each symbol, and, last, of UNKNOWN: int16 [symbols + 1, symbols]."""

    def reading(self) -> Reading:
        """Begin a text."""
        return Reading(self)


class Reading:
    """One text on its way through a model, from rest."""

    def __init__(self, model: TextNetwork) -> None:
        """Begin. Made by `TextNetwork.reading`."""
        self._session, self._shown = Session(model.model), model.shown

    def step(self, place: int) -> Codes:
        """The network's outputs behind the next symbol, which is `place`: [symbols]."""
        return self._session.step(self._shown[place])

    def codes_after(self, places: Places) -> Codes:
        """The same behind each of the next symbols [n]: [n, symbols]."""
        return self._session.run(self._shown[places])

    def after(self, place: int) -> Frequencies:
        """The frequency of each symbol behind the next symbol, which is `place`: [symbols]."""
        return _frequencies(self.step(place))

    def frequencies_after(self, places: Places) -> Frequencies:
        """The same behind each of the next symbols [n]: [n, symbols]."""
        return _frequencies(self.codes_after(places))


def _frequencies(codes: Codes) -> Frequencies:
    """1 or more of every symbol; a network that ends in a sigmoid has no code below 0."""
    return np.maximum(codes, 0).astype(np.int64) + 1
