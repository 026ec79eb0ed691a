"""Each file made on purpose gets the status that belongs to it, and the reader in Python agrees."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from tests.readers.changes import CHANGES, Status
from tests.readers.differential import difference, python_takes, status_of
from tests.readers.hostile import hostile_files
from tests.readers.refusals import FILES, Case, cases
from tests.source_tree import ENGINE

FROM_FILES = [Status.OK, *(status for status in Status if Status.NOT_A_MODEL <= status <= Status.TOO_LARGE)]


@cache
def every_case() -> list[Case]:
    return list(cases())


def test_the_statuses_are_those_of_the_header() -> None:
    header = (ENGINE / "include" / "linnet" / "linnet.h").read_text("utf-8")
    found = re.findall(r"LINNET_(?:ERROR_)?(\w+) = (\d+)", header)
    assert found == [(status.name, str(status.value)) for status in Status]


def test_every_case_has_a_name_of_its_own_and_every_status_of_files_has_cases() -> None:
    assert max(Counter(name for name, _, _ in every_case()).values()) == 1
    assert {*FROM_FILES} == {*CHANGES, *FILES}


@pytest.mark.parametrize("status", FROM_FILES, ids=lambda status: status.name.lower())
def test_the_engine_gives_each_file_its_status(status: Status) -> None:
    given = {name: Status(status_of(data)) for name, data, expected in every_case() if expected == status}
    assert given == dict.fromkeys(given, status)


def test_the_reader_in_python_takes_and_refuses_the_same_files() -> None:
    given = {name: python_takes(data) is None for name, data, _ in every_case()}
    assert given == {name: status != Status.OK for name, _, status in every_case()}


@pytest.mark.long
def test_both_readers_judge_every_hostile_file_alike() -> None:
    assert [reason for data in hostile_files() if (reason := difference(data)) is not None] == []
