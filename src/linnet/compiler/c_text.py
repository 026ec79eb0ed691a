"""Numbers as C: arrays of constants, wrapped; floats in hexadecimal, so that no bit is lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

LINE_CHARACTERS = 112


def array_text(c_type: str, name: str, values: npt.NDArray[Any]) -> str:
    """`static const c_type name[n] = {...};` of a vector of integers or float32, not empty."""
    words = (
        [float_text(v) for v in values] if values.dtype == np.float32 else [str(v) for v in values.tolist()]
    )
    return table_text(c_type, name, words)


def table_text(c_type: str, name: str, words: Sequence[str]) -> str:
    """`static const c_type name[n] = {...};` of elements that are C already."""
    return f"static const {c_type} {name}[{len(words)}] = {{\n{wrapped(words)}\n}};\n"


def float_text(value: float | np.float32) -> str:
    """A float32 as a hexadecimal literal, exact."""
    return float(value).hex() + "f"


def wrapped(words: Iterable[str]) -> str:
    """Words behind commas, in lines that are not too long."""
    lines: list[str] = []
    line = "   "
    for word in words:
        if len(line) + len(word) + 2 > LINE_CHARACTERS:
            lines.append(line)
            line = "   "
        line += f" {word},"
    return "\n".join([*lines, line])
