"""Work of a frame on 64-bit Arm, counted and estimated without such a processor.

`python -m tests.runtime.arm_work BUILD MODEL...`, with BUILD the folder of the preset aarch64.

QEMU counts how often each block of instructions runs (`engine/tests/qemu_blocks.c`); a frame is the difference
of two runs, divided by how many frames one is longer. llvm-mca says how many cycles a processor takes for a block
that is repeated without end. So the cycles are those of a processor that finds all data in its first cache,
foresees every branch, and overlaps a block with no other. They are estimates from tables, never measured times.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path

from linnet.ir import Program, read_program
from tests.ir.programs import random_codes
from tests.source_tree import ROOT

Block = tuple[str, ...]  # instructions, 32-bit words in hexadecimal
Work = dict[Block, float]  # how often each block runs in a frame

LIBRARIES = "/usr/aarch64-linux-gnu"
FRAMES = (20, 60)  # of the two runs
REPEATS = (100, 200)  # of a block, to tell what one more takes
LLVM = "-19"  # the first release of Debian's that knows Neoverse N1 and N2

PROCESSORS = {
    "neon": ("cortex-a53", "cortex-a72", "neoverse-n1"),
    "neon_dotprod": ("cortex-a55", "neoverse-n1"),
    "neon_i8mm": ("cortex-a510", "neoverse-n2"),
}


def output_of(words: list[str | Path], text: str | None = None) -> str:
    """What a command prints. Raises RuntimeError where it is missing, and with its error where it fails."""
    try:
        done = subprocess.run(
            [str(word) for word in words], input=text, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise RuntimeError(
            f"{words[0]} is not there to be run; install it (Debian: gcc, qemu-user, llvm{LLVM})"
        ) from None
    if done.returncode != 0:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {done.stderr.strip()[:300]}")
    return done.stdout


def plugin_in(folder: Path) -> Path:
    """Build the plugin for QEMU there, by this machine's compiler."""
    plugin = folder / "qemu_blocks.so"
    source = ROOT / "engine/tests/qemu_blocks.c"
    output_of(["cc", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-o", plugin, source])
    return plugin


def frame_of(build: Path, plugin: Path, program: Program, model: Path, isa: str) -> Work:
    """Blocks of a frame of `model` on codes drawn at random, by the kernels of `isa`; `program` is what it holds."""
    short, long = (_runs(build, plugin, program, (model, isa), frames) for frames in FRAMES)
    apart = FRAMES[1] - FRAMES[0]
    return {block: (runs - short[block]) / apart for block, runs in long.items() if runs != short[block]}


def _runs(
    build: Path, plugin: Path, program: Program, which: tuple[Path, str], frames: int
) -> Counter[Block]:
    model, isa = which
    with tempfile.TemporaryDirectory() as folder:
        codes, counts = Path(folder, "codes.i16"), Path(folder, "blocks.txt")
        codes.write_bytes(random_codes(1, program, frames=frames).astype("<i2").tobytes())
        emulator = ["qemu-aarch64", "-L", LIBRARIES, "-cpu", "max", "-plugin", f"{plugin},out={counts}"]
        kernels = output_of(
            [*emulator, build / "tests/run_codes", model, codes, Path(folder, "answers.i16"), isa]
        )
        if kernels.strip() != isa:
            raise RuntimeError(
                f"the engine ran {kernels.strip()} instead of {isa}; build it with LINNET_SIMD"
            )
        runs: Counter[Block] = Counter()
        for line in counts.read_text("ascii").splitlines():
            count, *words = line.split()
            runs[tuple(words)] += int(count)
    return runs


def instructions(work: Work) -> float:
    """Instructions of a frame: a count."""
    return sum(len(block) * runs for block, runs in work.items())


def cycles(work: Work, processor: str) -> float:
    """Cycles of a frame: an estimate, as the head of this file says."""
    few, many = (_totals(list(work), processor, repeats) for repeats in REPEATS)
    apart = REPEATS[1] - REPEATS[0]
    return sum(runs * (b - a) / apart for runs, a, b in zip(work.values(), few, many, strict=True))


def _totals(blocks: list[Block], processor: str, repeats: int) -> list[int]:
    """Cycles of each block, repeated so often."""
    text = "".join(
        f"# LLVM-MCA-BEGIN {i}\n{lines}\n# LLVM-MCA-END {i}\n"
        for i, lines in enumerate(_assembly(tuple(blocks)))
    )
    words = [f"llvm-mca{LLVM}", "-mtriple=aarch64", f"-mcpu={processor}", "-mattr=+dotprod,+i8mm"]
    printed = output_of([*words, f"-iterations={repeats}"], text)
    totals = [int(found) for found in re.findall(r"^Total Cycles:\s+(\d+)$", printed, flags=re.MULTILINE)]
    if len(totals) != len(blocks):
        raise RuntimeError(
            f"llvm-mca{LLVM} told {len(totals)} of {len(blocks)} blocks; it printed: {printed[:300]}"
        )
    return totals


@cache
def _assembly(blocks: tuple[Block, ...]) -> list[str]:
    """Each block in assembly language, a line for each instruction."""
    data = " ".join(f"0x{word[i : i + 2]}" for block in blocks for word in block for i in (6, 4, 2, 0))
    printed = output_of([f"llvm-mc{LLVM}", "-disassemble", "-triple=aarch64", "-mattr=+all"], data)
    lines = [line for line in printed.splitlines() if line.strip() and not line.strip().startswith(".")]
    if len(lines) != sum(map(len, blocks)):
        raise RuntimeError(f"llvm-mc{LLVM} knows not all instructions of the program; take a newer one")
    rest = iter(lines)
    return ["\n".join(next(rest) for _ in block) for block in blocks]


def main(arguments: list[str]) -> None:
    """Print a line for each model and instruction set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", type=Path, help="folder of the preset aarch64, built")
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL")
    parser.add_argument("--isa", nargs="+", choices=PROCESSORS, default=list(PROCESSORS))
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        plugin = plugin_in(Path(folder))
        for model in given.models:
            program = read_program(model)
            for isa in given.isa:
                work = frame_of(given.build, plugin, program, model, isa)
                reckoned = (f"{name} {cycles(work, name):.0f}" for name in PROCESSORS[isa])
                print(
                    f"{model.stem} {isa}: instructions {instructions(work):.0f}; cycles",
                    ", ".join(reckoned),
                    flush=True,
                )


if __name__ == "__main__":
    main(sys.argv[1:])
