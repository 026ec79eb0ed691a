"""Branch coverage of the engine's reader and session: `python -m tests.readers.coverage` (or `make coverage`).

Counted by gcov in a build of its own, without optimization: the C tests, the vectors and the kept files of the
fuzz target, the models that ship, and files made on purpose (hostile.py, refusals.py). Each file must be taken or
refused, as the reader in Python says. Branches that nothing can take are named, with the reason, in
unreachable.txt. The command fails below LEAST_PERCENT of the others, and where that list is not true.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.readers.differential import python_takes
from tests.readers.hostile import hostile_files
from tests.readers.unreachable import LIST, Branch, hold, read_entries
from tests.source_tree import ROOT

ROOMS = ("file", "api")  # of engine/src
LEAST_PERCENT = 98.0
C_TESTS = (
    *("test_arguments", "test_endings", "test_file", "test_float_mode", "test_model"),
    *("test_rates", "test_session"),
)
CORPUS = ROOT / "engine" / "tests" / "corpus"


@dataclass(frozen=True)
class Coverage:
    """How often each branch was taken, and which of them no test can take."""

    taken: Counter[Branch]
    all: frozenset[Branch]
    unreachable: frozenset[Branch] = frozenset()
    wrong: tuple[str, ...] = ()  # entries of the list of those that are not true

    def reachable(self, file: str | None = None) -> frozenset[Branch]:
        """Those of a file, or all, that a test could take."""
        return frozenset(b for b in self.all - self.unreachable if file in (None, b[0]))

    def missed(self, file: str | None = None) -> list[Branch]:
        """Those that a test could take and none does."""
        return sorted(branch for branch in self.reachable(file) if not self.taken[branch])

    def percent(self) -> float:
        """Taken, of those that can be."""
        return 100 * (1 - len(self.missed()) / len(self.reachable()))

    def holds(self) -> bool:
        """Whether enough is taken and the list of what is unreachable is true."""
        return self.percent() >= LEAST_PERCENT and not self.wrong


@cache
def lines_of(file: str) -> list[str]:
    """A file of the engine, as lines."""
    return (ROOT / "engine" / "src" / file).read_text("utf-8").splitlines()


def line_of(branch: Branch) -> str:
    """The line of C that the branch is in."""
    return lines_of(branch[0])[branch[1] - 1].strip()


def run(*words: str | Path, cwd: Path) -> str:
    """Run a program; what it printed, or an error with it."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed: {done.stdout[-2000:]}")
    return done.stdout


def build(folder: Path) -> None:
    """Build the C tests with counters."""
    run(
        "cmake",
        "-S",
        ROOT,
        "-B",
        folder,
        "-G",
        "Ninja",
        "-DLINNET_BUILD_TESTS=ON",
        "-DLINNET_COVERAGE=ON",
        "-DLINNET_SIMD=OFF",
        cwd=ROOT,
    )
    run(
        "cmake",
        "--build",
        folder,
        "--parallel",
        "2",
        "--target",
        *C_TESTS,
        "run_corpus",
        cwd=ROOT,
    )


def exercise(folder: Path) -> None:
    """Run all that counts."""
    for old in (*folder.rglob("*.gcda"), *folder.glob("made/*.gguf")):
        old.unlink()
    for name in C_TESTS:
        run(folder / "tests" / name, cwd=folder)
    made = folder / "made"
    made.mkdir(exist_ok=True)
    for index, data in enumerate(hostile_files()):
        verdict = "refused" if python_takes(data) is None else "taken"
        (made / f"{verdict}_{index}.gguf").write_bytes(data)
    kept = [*sorted((CORPUS / "model").iterdir()), *sorted((ROOT / "src/linnet/models").glob("*.gguf"))]
    run(folder / "tests" / "run_corpus", *kept, cwd=folder)
    run(folder / "tests" / "run_corpus", *sorted(path.name for path in made.iterdir()), cwd=made)


def counted(folder: Path) -> Coverage:
    """Read the counters, and hold the list of what is unreachable against them."""
    taken: Counter[Branch] = Counter()
    everything: set[Branch] = set()
    notes = [p for p in sorted(folder.rglob("*.gcda")) if p.parent.name in ROOMS]
    report = run("gcov", "--json-format", "--branch-probabilities", "--stdout", *notes, cwd=folder)
    files = [file for text in report.splitlines() for file in json.loads(text)["files"]]
    for path, line in ((Path(file["file"]), line) for file in files for line in file["lines"]):
        if path.parent.name not in ROOMS:
            continue
        for index, branch in enumerate(line["branches"]):
            place = (f"{path.parent.name}/{path.name}", line["line_number"], index)
            everything.add(place)
            taken[place] += branch["count"]
    named, wrong = hold(read_entries(LIST.read_text("utf-8")), everything, lambda b: taken[b] > 0, line_of)
    return Coverage(taken, frozenset(everything), named, tuple(wrong))


def told(coverage: Coverage) -> str:
    """The figure for each file and for all, and what is missed."""
    lines = []
    for file in [*sorted({place[0] for place in coverage.all}), None]:
        reachable, missed = len(coverage.reachable(file)), len(coverage.missed(file))
        named = sum(file in (None, branch[0]) for branch in coverage.unreachable)
        figure = f"{reachable - missed} of {reachable} reachable branches, {named} unreachable (named)"
        lines.append(f"{file or 'reader and session'}: {figure}")
    lines += [f"never taken: {b[0]}:{b[1]}, branch {b[2]}: {line_of(b)}" for b in coverage.missed()]
    lines += coverage.wrong
    lines.append(
        f"branches of reader and session taken: {coverage.percent():.2f} %, at least {LEAST_PERCENT} % asked"
    )
    return "\n".join(lines)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "coverage")
    folder = parser.parse_args().folder.resolve()
    build(folder)
    exercise(folder)
    coverage = counted(folder)
    print(told(coverage))
    return 0 if coverage.holds() else 1


if __name__ == "__main__":
    sys.exit(main())
