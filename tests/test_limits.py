"""Where the time of the long tests is limited, those that come too late are skipped, and only those."""

from __future__ import annotations

import time

import pytest

from tests.conftest import LONG_TESTS_UNTIL, pytest_runtest_setup


class Item:
    """A test with these marks."""

    def __init__(self, *marks: str) -> None:
        self.marks = marks

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self.marks else None


@pytest.mark.parametrize(
    ("marks", "seconds", "is_skipped"),
    [(("long",), -1, True), (("long",), 60, False), ((), -1, False), (("long",), None, False)],
)
def test_a_long_test_begins_in_time_or_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, marks: tuple[str, ...], seconds: float | None, is_skipped: bool
) -> None:
    monkeypatch.delenv(LONG_TESTS_UNTIL, raising=False)
    if seconds is not None:
        monkeypatch.setenv(LONG_TESTS_UNTIL, str(time.time() + seconds))
    if is_skipped:
        with pytest.raises(pytest.skip.Exception, match="not begun in time"):
            pytest_runtest_setup(Item(*marks))  # type: ignore[arg-type]
    else:
        pytest_runtest_setup(Item(*marks))  # type: ignore[arg-type]
