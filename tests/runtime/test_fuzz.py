"""The fuzz targets for half a minute each: long enough to meet what a careless change breaks (make fuzz goes on)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source_tree import ROOT

TOOLS = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
SECONDS = 60
KEPT = ROOT / "engine" / "tests" / "corpus"
FEWEST_ROUNDS = 500  # fewer would mean that it hangs

LIBFUZZER_CHECK = (
    "int LLVMFuzzerTestOneInput(const char *b, unsigned long n) { return (int)(b == 0 && n > 0); }"
)


def run(*words: str | Path, cwd: Path) -> str:
    environment = os.environ | {"PATH": TOOLS}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-4000:]}"
    return done.stdout


def skip_without_libfuzzer(folder: Path) -> None:
    if shutil.which("cmake", path=TOOLS) is None or shutil.which("clang", path=TOOLS) is None:
        pytest.skip("cmake or clang not found; pip install cmake, apt install clang")
    (folder / "probe.c").write_text(LIBFUZZER_CHECK)
    words = ["clang", "-fsanitize=fuzzer,address,undefined", "probe.c", "-o", "probe"]
    if subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode:
        pytest.skip("this clang has no libFuzzer; apt install libclang-rt-dev, of its version")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    skip_without_libfuzzer(folder)
    run("cmake", "--preset", "fuzz", "-B", folder, cwd=ROOT)
    targets = ("fuzz_model", "fuzz_denoise", "write_corpus")
    run("cmake", "--build", folder, "--parallel", "2", "--target", *targets, cwd=ROOT)
    for kind in ("model", "sound"):
        (folder / "corpus" / kind).mkdir(parents=True)
    run(folder / "tests" / "write_corpus", folder / "corpus", cwd=folder)
    return folder


@pytest.mark.long
@pytest.mark.parametrize(("target", "corpus"), [("fuzz_model", "model"), ("fuzz_denoise", "sound")])
def test_nothing_that_the_fuzzer_finds_breaks_the_engine(built: Path, target: str, corpus: str) -> None:
    limits = (
        f"-max_total_time={SECONDS}",
        "-max_len=8192",
        "-rss_limit_mb=1024",
        "-timeout=100",
        "-verbosity=0",
    )
    words = (
        built / "tests" / target,
        *limits,
        "-print_final_stats=1",
        built / "corpus" / corpus,
        KEPT / corpus,
    )
    # A shell between: a process inherits the peak memory of the one that starts it, and libFuzzer would count ours.
    said = run("sh", "-c", '"$0" "$@"; exit $?', *words, cwd=built)
    rounds = next(line for line in said.splitlines() if line.startswith("stat::number_of_executed_units"))
    assert int(rounds.split(":")[-1]) > FEWEST_ROUNDS
