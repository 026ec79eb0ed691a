"""The reader in Python and the reader in C know one law, docs/reference/model_file.md: new files every time."""

from __future__ import annotations

import random

import pytest

from linnet.ir import ArtifactError, program_to_bytes, read_program
from tests.ir.programs import random_program
from tests.readers.differential import compare, difference
from tests.readers.mutations import BOOL, STRING, U32, draft_of, originals, text


def fresh_seed() -> int:
    return random.SystemRandom().randrange(1 << 32)


def test_both_readers_take_and_refuse_the_same_files() -> None:
    assert compare(fresh_seed(), seconds=1.5) == []


@pytest.mark.long
def test_both_readers_take_and_refuse_the_same_files_for_a_minute() -> None:
    assert compare(fresh_seed(), seconds=60) == []


def with_key(name: bytes, kind: int, value: bytes) -> bytes:
    draft = draft_of(originals()[0])
    draft.keys = [entry for entry in draft.keys if entry[0] != name]
    draft.keys.append((name, kind, value))
    return draft.to_bytes()


def with_card(card: bytes) -> bytes:
    return with_key(b"linnet.card", STRING, text(card))


FLAT = b'{"training_data": "", "recipe": "", "card": {%s}}'
TAKEN = {
    "an unknown key": with_key(b"general.author", STRING, text("José".encode())),
    "a bool that is 2": with_key(b"x", BOOL, b"\2"),
    "names with escapes": with_card(b'{"training_data": "", "recip\\u0065": "", "\\u0063ard": {}}'),
    "the last of two cards": with_card(b'{"card": 1, "training_data": "", "recipe": "", "card": {}}'),
    "62 lists in the card": with_card(FLAT % (b'"a": ' + b"[" * 62 + b"]" * 62)),
    "a pair of surrogates": with_card(FLAT % b'"a": "\\ud83d\\ude00"'),
    "the largest exponent": with_card(FLAT % b'"a": [1.5e307, 12E+306, 1E-400, -0.0, 1e+00001]'),
    "a number of 32 digits": with_card(FLAT % (b'"a": ' + b"9" * 32)),
}
REFUSED = {
    "a key that is not UTF-8": with_key(b"\xc0\x80", U32, bytes(4)),
    "an unknown text that is not UTF-8": with_key(b"general.author", STRING, text(b"\xff")),
    "a name that is not UTF-8": with_key(b"general.name", STRING, text(b"\xed\xa0\x80")),
    "a second checksum": with_key(b"linnet.crc32", U32, bytes(4)),
    "an array": with_key(b"x", 9, bytes(12)),
    "no card": with_card(b""),
    "a list for a card": with_card(b"[]"),
    "a card without a card": with_card(b'{"training_data": "", "recipe": ""}'),
    "a recipe that is null": with_card(b'{"training_data": "", "recipe": null, "card": {}}'),
    "the last of two recipes": with_card(b'{"recipe": "", "training_data": "", "card": {}, "recipe": 1}'),
    "something behind the card": with_card(FLAT % b"" + b"x"),
    "a comma too many": with_card(FLAT % b'"a": [1,]'),
    "63 lists in the card": with_card(FLAT % (b'"a": ' + b"[" * 63 + b"]" * 63)),
    "NaN": with_card(FLAT % b'"a": NaN'),
    "a number beyond float64": with_card(FLAT % b'"a": 1e999'),
    "an exponent too large": with_card(FLAT % b'"a": 1e308'),
    "digits and an exponent too many": with_card(FLAT % b'"a": 123.4e306'),
    "a number of 33 digits": with_card(FLAT % (b'"a": ' + b"9" * 33)),
    "a leading zero": with_card(FLAT % b'"a": 01'),
    "half a pair of surrogates": with_card(FLAT % b'"a": "\\ud800"'),
    "a control character": with_card(FLAT % b'"a": "\n"'),
    "an escape that is none": with_card(FLAT % b'"a": "\\x41"'),
    "a mark of byte order": with_card(b"\xef\xbb\xbf" + FLAT % b""),
}


@pytest.mark.parametrize("name", TAKEN)
def test_both_readers_take(name: str) -> None:
    assert read_program(TAKEN[name]).nodes
    assert difference(TAKEN[name]) is None


@pytest.mark.parametrize("name", REFUSED)
def test_both_readers_refuse(name: str) -> None:
    with pytest.raises(ArtifactError):
        read_program(REFUSED[name])
    assert difference(REFUSED[name]) is None


def test_both_readers_refuse_an_unknown_key_that_comes_twice() -> None:
    draft = draft_of(originals()[0])
    draft.keys += [(b"general.author", STRING, text(b"x"))] * 2
    assert difference(draft.to_bytes()) is None
    with pytest.raises(ArtifactError, match="comes twice"):
        read_program(draft.to_bytes())


def test_wires_that_no_session_could_hold_are_refused_before_memory_is_asked_for() -> None:
    draft = draft_of(originals()[0])
    wires = draft.tensors[0][1]
    draft.tensors[0] = (b"wires", wires[:1].repeat(600, axis=0))
    draft.tensors[0][1][:, 0] = 32767
    draft.tensors.append(
        (b"weight", wires[:1].repeat(20_000, axis=0))
    )  # a file large enough for all these values
    data = draft.to_bytes()
    with pytest.raises(ArtifactError, match="more values than the 16777216 that engines run"):
        read_program(data)
    assert difference(data) is None


def test_what_readers_refuse_is_not_written() -> None:
    program = random_program(0, bins=17, features=5, states=3, layers=1)
    program.metadata.card["seed"] = 10**40
    with pytest.raises(ValueError, match="at most 32 characters"):
        program_to_bytes(program)
