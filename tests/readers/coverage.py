"""Branch coverage of the engine's reader and session: `python -m tests.readers.coverage` (or `make coverage`).

Counted by gcov in a build of its own, without optimization: the C tests, the vectors and the kept files of the
fuzz target, the models that ship, files made on purpose (hostile.py), and files bent at random from a fixed seed.
Branches that nothing takes are printed with their lines: most are second checks of what was proven before.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.readers.hostile import hostile_files
from tests.readers.mutations import bent_file
from tests.source_tree import ROOT

ROOMS = ("file", "api")  # of engine/src
LEAST_PERCENT = 98.0
BENT_FILES = 1500
C_TESTS = ("test_arguments", "test_endings", "test_float_mode", "test_model", "test_rates", "test_session")
CORPUS = ROOT / "engine" / "tests" / "corpus"

Branch = tuple[str, int, int]
"""File within engine/src, line, and which branch of it."""


@dataclass(frozen=True)
class Coverage:
    """How often each branch was taken."""

    taken: Counter[Branch]
    all: frozenset[Branch]

    def missed(self) -> list[Branch]:
        """Branches never taken."""
        return sorted(branch for branch in self.all if not self.taken[branch])

    def percent(self) -> float:
        """Taken, of all."""
        return 100 * (1 - len(self.missed()) / len(self.all))


def line_of(branch: Branch) -> str:
    """The line of C that the branch is in."""
    return (ROOT / "engine" / "src" / branch[0]).read_text("utf-8").splitlines()[branch[1] - 1].strip()


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
    for counts in folder.rglob("*.gcda"):
        counts.unlink()
    for name in C_TESTS:
        run(folder / "tests" / name, cwd=folder)
    bent = folder / "bent"
    bent.mkdir(exist_ok=True)
    rng = random.Random(1)
    files = [*hostile_files(), *(bent_file(rng) for _ in range(BENT_FILES))]
    for index, data in enumerate(files):
        (bent / f"{index}.gguf").write_bytes(data)
    kept = [*sorted((CORPUS / "model").iterdir()), *sorted((ROOT / "src/linnet/models").glob("*.gguf"))]
    run(folder / "tests" / "run_corpus", *kept, cwd=folder)
    run(folder / "tests" / "run_corpus", *sorted(path.name for path in bent.iterdir()), cwd=bent)


def counted(folder: Path) -> Coverage:
    """Read the counters."""
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
    return Coverage(taken, frozenset(everything))


def told(coverage: Coverage) -> str:
    """The figure for each file and for all, and what is missed."""
    lines = []
    for file in sorted({place[0] for place in coverage.all}):
        part = frozenset(b for b in coverage.all if b[0] == file)
        lines.append(f"{file}: {Coverage(coverage.taken, part).percent():.1f} % of {len(part)}")
    lines += [f"never taken: {b[0]}:{b[1]}, branch {b[2]}: {line_of(b)}" for b in coverage.missed()]
    lines.append(f"branches of reader and session taken: {coverage.percent():.2f} %")
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
    return 0 if coverage.percent() >= LEAST_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
