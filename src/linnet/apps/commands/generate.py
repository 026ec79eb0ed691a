"""`linnet generate`: text that a model makes up, byte by byte. The work is runtime/text_model.py's."""

from __future__ import annotations

import codecs
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps.desk.console import stderr
from linnet.apps.desk.models import model_path
from linnet.apps.desk.refusal import Refusal
from linnet.output.quoting import terminal
from linnet.runtime import TextModel
from linnet.runtime.pretrained import DEFAULT_TEXT_MODEL


@dataclass(frozen=True)
class Generate:
    """Generate text as it may follow a prompt, byte by byte, in memory that does not grow.

    The model that ships is small and has read four old English books; it makes up words and sense. The same prompt and
    seed give the same text, at temperature 1 and 0 on every machine. How fast it was is said at the end, on stderr.
    """

    prompt: Annotated[str, arg(metavar="PROMPT"), Positional] = ""
    """Where the text begins."""

    model: Annotated[str, arg(metavar="NAME|PATH")] = DEFAULT_TEXT_MODEL
    """A model that ships, or a model file of the task text."""

    bytes: int = 500
    """How many bytes follow the prompt."""

    endless: bool = False
    """Go on until Ctrl-C, or until the reader of a pipe has gone."""

    seed: int = 0
    """Another seed draws another text."""

    temperature: float = 1.0
    """Below 1 the likely becomes likelier, above 1 less so; 0 takes the likeliest byte each time."""

    def run(self) -> None:
        """Print the prompt and what follows it.

        Raises:
            Refusal: the count, seed or temperature is none.
            ModelError: the model reads no text.
        """
        if not (self.bytes >= 1 and self.seed >= 0):
            raise Refusal(
                f"--bytes {self.bytes} --seed {self.seed} draw nothing; give 1 byte or more and a seed from 0."
            )
        if not (self.temperature >= 0 and isfinite(self.temperature)):
            raise Refusal(
                f"--temperature {self.temperature} draws nothing; give 0 (the likeliest byte each time) or more."
            )
        model, prompt = TextModel(model_path(self.model)), os.fsencode(self.prompt)
        text = model.generate(prompt, seed=self.seed, temperature=self.temperature)
        began = time.perf_counter()
        count = show(prompt, text if self.endless else islice(text, self.bytes))
        speed = count / (time.perf_counter() - began)
        stderr.print(f"\n{count} bytes, {speed:,.0f} bytes a second", highlight=False)


def show(prompt: bytes, text: Iterator[bytes]) -> int:
    """Print the prompt and each byte as it comes: to a pipe as it is, to a terminal what shows; return their number."""
    count, shown = 0, codecs.getincrementaldecoder("utf-8")("replace")

    def put(piece: bytes) -> None:
        if sys.stdout.isatty():
            sys.stdout.write(terminal(shown.decode(piece)))
            sys.stdout.flush()
        else:
            sys.stdout.buffer.write(piece)

    put(prompt)
    for byte in text:
        put(byte)
        count += 1
    return count
