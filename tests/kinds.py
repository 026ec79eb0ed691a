"""What a test knows of the kind of a part, where its type says only that it is one of several."""

from __future__ import annotations

from typing import TypeVar

Kind = TypeVar("Kind")


def as_a(kind: type[Kind], value: object) -> Kind:
    """`value`, which must be of this kind."""
    assert isinstance(value, kind), f"{type(value).__name__} is no {kind.__name__}"
    return value
