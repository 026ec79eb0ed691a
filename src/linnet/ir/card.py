"""The card of a model file: JSON that every reader judges alike. Mirror of engine/src/file/text.c.

An object with the strings training_data and recipe and the object card; at most 64 objects and lists within each
other; numbers of at most 32 characters that are below 10^308, so finite in float64.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple, NoReturn

MAX_DEPTH = 64
MAX_NUMBER_CHARACTERS = 32
MAX_DIGITS = 308  # before a number's point, once its exponent has moved it


class Card(NamedTuple):
    """What a model says of itself to people."""

    training_data: str
    recipe: str
    card: dict[str, Any]


def write_card(card: Card) -> str:
    """The text of `card`; ValueError where it would not be read back."""
    text = json.dumps(card._asdict(), ensure_ascii=False, allow_nan=False)
    read_card(text)
    return text


def read_card(text: str) -> Card:
    """The card that `text` is; ValueError with the reason where it is none."""
    _check_depth(text)
    loaded = json.loads(text, parse_float=_float, parse_int=_int, parse_constant=_no_number)
    if not isinstance(loaded, dict) or not isinstance(loaded.get("card"), dict):
        raise ValueError("its card is not the object a Linnet model has; write the model again.")
    texts = [loaded.get(name) for name in ("training_data", "recipe")]
    if not all(isinstance(entry, str) for entry in texts):
        raise ValueError("its card lacks training_data or recipe; write the model again.")
    try:
        json.dumps(loaded, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"its card is not plain JSON ({error}); write the model again.") from error
    return Card(str(texts[0]), str(texts[1]), loaded["card"])


def _check_depth(text: str) -> None:
    """Before anything is nested: brackets outside of strings. Where strings are broken, json.loads says so."""
    depth, inside, escaped = 0, False, False
    for character in text:
        if inside:
            inside = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise ValueError(f"its card nests more than {MAX_DEPTH} objects and lists; make it flatter.")


def _check_number(text: str) -> None:
    mantissa, _, exponent = text.lower().partition("e")
    before = len(mantissa.lstrip("-").partition(".")[0])
    if len(text) > MAX_NUMBER_CHARACTERS or (exponent and before + int(exponent) > MAX_DIGITS):
        raise ValueError(
            f"its card has the number {text[:40]}, which is not plain JSON for every reader; give at most "
            f"{MAX_NUMBER_CHARACTERS} characters and numbers below 10^{MAX_DIGITS}."
        )


def _float(text: str) -> float:
    _check_number(text)
    return float(text)


def _int(text: str) -> int:
    _check_number(text)
    return int(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"its card has {text}, which is not plain JSON; give finite numbers.")
