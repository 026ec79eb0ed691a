"""Which branches of reader and session the tests take, and that the list of those they cannot take is true."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.readers.coverage import Coverage, build, counted, exercise, told
from tests.readers.unreachable import LIST, Branch, hold, read_entries

LINES = {1: "if (a | b) return 1;", 2: "return 2;", 3: "return 2;", 4: "if (c | d) return 4;"}
BRANCHES = frozenset(("file/x.c", line, index) for line in LINES for index in (0, 1))


def held(text: str, taken: Branch | None = None) -> tuple[frozenset[Branch], list[str]]:
    return hold(read_entries(text), BRANCHES, lambda branch: branch == taken, lambda branch: LINES[branch[1]])


def test_the_list_names_branches_by_their_line_of_c() -> None:
    first, second = (
        "file/x.c | if (a | b) return 1; | 1 | proven",
        "file/x.c | if (c | d) return 4; | 0 | why",
    )
    text = f"# a remark\n\n{first}\n{second}\n"
    assert held(text) == (frozenset({("file/x.c", 1, 1), ("file/x.c", 4, 0)}), [])
    assert read_entries(text)[0].reason == "proven"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("file/x.c | if (gone) return 1; | 0 | why", "names 0 branches"),
        ("file/y.c | if (a | b) return 1; | 0 | why", "names 0 branches"),
        ("file/x.c | if (a | b) return 1; | 2 | why", "names 0 branches"),
        ("file/x.c | return 2; | 0 | why", "names 2 branches"),
        ("file/x.c | if (a | b) return 1; | 0 | why\n" * 2, "twice"),
        ("file/x.c | if (c | d) return 4; | 1 | why", "which a test takes"),
    ],
)
def test_an_entry_that_is_not_true_is_told(text: str, reason: str) -> None:
    _, wrong = held(text, taken=("file/x.c", 4, 1))
    assert len(wrong) == 1
    assert reason in wrong[0]


@pytest.mark.parametrize(
    "line",
    ["file/x.c | return 2; | 0", "file/x.c | return 2; | 0 | ", "file/x.c | return 2; | first | why", "text"],
)
def test_an_entry_without_branch_or_reason_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 of the list came as"):
        read_entries(f"# a remark\n{line}\n")


def test_the_list_in_the_tree_can_be_read() -> None:
    assert all(entry.reason for entry in read_entries(LIST.read_text("utf-8")))


def test_the_figure_is_of_what_can_be_reached_and_98_percent_are_enough() -> None:
    branches = [("api/session.c", line, 0) for line in range(1, 104)]
    taken = Counter(branches[:98])
    coverage = Coverage(taken, frozenset(branches), frozenset(branches[100:]))
    assert coverage.percent() == 98.0
    assert coverage.holds()
    assert "reader and session: 98 of 100 reachable branches, 3 unreachable (named)" in told(coverage)
    assert not Coverage(taken, frozenset(branches), frozenset(branches[101:])).holds()
    assert not Coverage(taken, frozenset(branches), frozenset(branches[100:]), ("an entry is wrong",)).holds()


@pytest.mark.long
def test_nearly_every_branch_of_reader_and_session_is_taken(tmp_path: Path) -> None:
    compiler, gcov = shutil.which("cc"), shutil.which("gcov")
    if compiler is None or gcov is None:
        pytest.skip("cc or gcov not found; apt install gcc")
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    if "Free Software Foundation" not in version:
        pytest.skip("cc is not gcc, whose counters gcov reads")
    build(tmp_path)
    exercise(tmp_path)
    coverage = counted(tmp_path)
    assert coverage.holds(), told(coverage)
