"""Model files made on purpose: each for a rule that random bending seldom meets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from linnet.ir.gguf import Container, read_container
from tests.ir import test_hostile_files as refused
from tests.readers.mutations import STRING, TYPES, Draft, draft_of, originals, text
from tests.readers.refusals import cases


def hostile_files() -> Iterator[bytes]:
    """All of them, those of refusals.py and of tests/ir/test_hostile_files.py too."""
    yield from (data for _, data, _ in cases())
    senseless = arguments_of(refused.test_contents_that_make_no_sense_are_refused)
    yield from (refused.rebuilt(change) for change, _ in senseless)
    yield from (data for data, _ in arguments_of(refused.test_lengths_and_types_that_lie_are_refused))
    yield from cell_by_cell()
    yield from tensor_by_tensor()
    yield from sizes_too_large()
    yield from (with_name(name) for name in ("x" * 200, "é" * 100, "x" + "é" * 100, "𝄞" * 40))
    yield from map(with_card, CARDS)
    yield from (with_activity(letters) for letters in ("a", "z" * 3, "A" * 64, "{" * 64))


def arguments_of(test: Callable[..., None]) -> Iterable[tuple[Any, str]]:
    """What a test is run with: something, and the reason why it is refused."""
    (mark,) = vars(test)["pytestmark"]
    found: Iterable[tuple[Any, str]] = mark.args[1]
    return found


TABLES = [array for _, array in read_container(refused.DATA).tensors]
NUMBERS = (-1, 0, 1, 2, 3, 8, 16, 32, 32767)


def cell_by_cell() -> Iterator[bytes]:
    """Every number of the tables of wires and nodes in turn, each time with several others in its place."""
    for index in (0, 1):
        for place, was in np.ndenumerate(TABLES[index]):
            numbers = sorted({*NUMBERS, int(was) - 1, int(was) + 1})
            yield from (refused.rebuilt(partial(put_number, index, place, number)) for number in numbers)


def put_number(index: int, place: tuple[int, ...], number: int, container: Container) -> None:
    """Change one number of a table."""
    container.tensors[index][1][place] = number


def put_tensor(index: int, other: np.ndarray, container: Container) -> None:
    """Put another tensor in the place of one."""
    refused.swap_tensor(container, index, other)


def tensor_by_tensor() -> Iterator[bytes]:
    """Every tensor in turn with another type, one more dimension or one fewer, and without its last row."""
    for index, array in enumerate(TABLES):
        others = [array.astype(name) for name in TYPES]
        others += [array.reshape(-1) if array.ndim == 2 else array.reshape(1, -1)]
        others += [array[:-1], array[:1], np.concatenate([array, array])]
        for other in others:
            if other.size:
                yield refused.rebuilt(partial(put_tensor, index, other))


def sizes_too_large() -> Iterator[bytes]:
    """Claims beyond what a reader gives: wires, nodes, a text."""
    wires, nodes = TABLES[:2]
    wide = np.tile(np.array([[32767, 16, 0]], np.int32), (4000, 1))
    yield refused.rebuilt(lambda c: refused.swap_tensor(c, 0, wide))
    yield refused.rebuilt(lambda c: refused.swap_tensor(c, 1, np.tile(nodes, (2000, 1))))
    yield refused.rebuilt(lambda c: refused.swap_tensor(c, 0, np.tile(wires, (2000, 1))))
    yield replaced(draft_of(originals()[0]), b"general.name", b"x" * ((1 << 20) + 1))


CARDS = (
    *('{"a":true}', '{"a":false}', '{"a":null}'),
    *('{"a":1e99999}', '{"a":' + "9" * 31 + "e300}", '{"a":-0.5e-7}', '{"a":t}', '{"a":]}'),
    *(
        '{"a":\t1}',
        '{"a":\r\n 1}',
        '{"a":-}',
        '{"a":1.}',
        '{"a":1e}',
        '{"a":tru}',
        '{"a":nul}',
        '{"a":falsy}',
    ),
    *(
        r'{"\u00g0":1}',
        r'{"\u00:0":1}',
        r'{"\u00`0":1}',
        r'{"\ud800\u0041":1}',
        r'{"\ud800x":1}',
        r'{"\ud800\n":1}',
    ),
    *(
        r'{"\udc00":1}',
        r'{"\ud83d\ude00":1}',
        r'{"\ud800\ue000":1}',
        r'{"\uffff":1}',
        r'{"\u00e9":1}',
        '{"' + "n" * 300 + '":1}',
    ),
)


def replaced(draft: Draft, key: bytes, content: bytes) -> bytes:
    """The file with another text for one key; the key is added where it is missing."""
    keys = [entry for entry in draft.keys if entry[0] != key]
    return Draft([*keys, (key, STRING, text(content))], draft.tensors).to_bytes()


def with_name(name: str) -> bytes:
    """A model with a long name, which a struct of C cuts within a character."""
    return replaced(draft_of(originals()[0]), b"general.name", name.encode())


def with_card(card: str) -> bytes:
    """A model whose card is, after what every card has, this text."""
    head = '{"training_data":"","recipe":"","card":{},"more":'
    return replaced(draft_of(originals()[0]), b"linnet.card", f"{head}{card}}}".encode())


def with_activity(letters: str) -> bytes:
    """A model that claims these activities of its wires, cut to as many as it has wires, or one letter of each."""
    draft = draft_of(originals()[0])
    wires = len(draft.tensors[0][1])
    return replaced(
        draft, b"linnet.activity", letters[:1].encode() * wires if len(letters) > 3 else letters.encode()
    )
