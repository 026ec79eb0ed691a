"""A table of plain values as TOML, which Python reads but does not write."""

from __future__ import annotations

import json
from typing import Any


def to_toml(table: dict[str, Any]) -> str:
    """Strings, numbers, truths and lists of them, and one level of tables; reading the text gives equal values.

    Raises:
        ValueError: a value is none of these.
    """
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = [f"{key} = {_value(value)}" for key, value in plain.items()]
    for name, inner in table.items():
        if isinstance(inner, dict):
            lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in inner.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    raise ValueError(f"{value!r} is no value of a recipe; give a text, a number, true or false, or a list.")
