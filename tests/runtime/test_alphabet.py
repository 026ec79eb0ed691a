"""The bytes that a text model knows: in any order, each once."""

from __future__ import annotations

import pytest

from linnet.runtime.alphabet import Alphabet


@pytest.mark.parametrize("characters", ["a", "aa", "a€"])
def test_an_alphabet_of_no_bytes_is_refused(characters: str) -> None:
    with pytest.raises(ValueError, match="names no bytes to choose from"):
        Alphabet(characters)


def test_all_bytes_are_the_alphabet_where_none_is_named() -> None:
    whole = Alphabet()
    assert (len(whole), whole.missing) == (256, b"")
    assert whole.places(bytes(range(256))).tolist() == list(range(256))
