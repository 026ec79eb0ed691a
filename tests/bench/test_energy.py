"""Joules from a tree of files like Linux's, instructions from programs that talk like perf and valgrind."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from linnet.bench import counting
from linnet.bench.counting import CountingRefused, count_instructions
from linnet.bench.energy import EnergyRefused, joules, packages
from linnet.bench.frames import run
from linnet.bench.programs import codes_of, program_of
from linnet.bench.random_network import Shape, noisy_sound, random_network, sound_features
from linnet.ir import write_program
from linnet.runtime.library import instruction_sets


def counter(powercap: Path, place: str, name: str, energy_uj: int, range_uj: int = 999_999) -> Path:
    folder = powercap / place
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{name}\n", "ascii")
    (folder / "max_energy_range_uj").write_text(f"{range_uj}\n", "ascii")
    (folder / "energy_uj").write_text(f"{energy_uj}\n", "ascii")
    return folder / "energy_uj"


def test_the_joules_of_all_packages_are_added_and_parts_are_not(tmp_path: Path) -> None:
    first = counter(tmp_path, "intel-rapl:0", "package-0", 100)
    second = counter(tmp_path, "intel-rapl:1", "package-1", 5)
    part = counter(tmp_path, "intel-rapl:0:0", "core", 7)
    found = packages(tmp_path)
    assert [one.name for one in found] == ["package-0", "package-1"]

    def work() -> None:
        first.write_text("250100", "ascii")
        second.write_text("500005", "ascii")
        part.write_text("900000", "ascii")

    assert joules(work, found) == pytest.approx(0.75)


def test_a_counter_that_begins_anew_is_understood(tmp_path: Path) -> None:
    only = counter(tmp_path, "intel-rapl:0", "package-0", 999_000, range_uj=999_999)

    def work() -> None:
        only.write_text("1000", "ascii")

    assert joules(work, packages(tmp_path)) == pytest.approx(0.002)


def test_a_machine_without_counters_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(EnergyRefused, match="shows no energy counter"):
        packages(tmp_path / "nothing")


def test_a_counter_that_may_not_be_read_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter(tmp_path, "intel-rapl:0", "package-0", 1)
    found = packages(tmp_path)

    def forbidden(self: Path, encoding: str) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", forbidden)
    with pytest.raises(EnergyRefused, match="chmod"):
        joules(lambda: None, found)


def tool(folder: Path, name: str, script: str) -> None:
    """A program of this name; the frames' own process, which it would run, says the instruction set."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", "ascii")
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH but the shell's own."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def count() -> counting.Count:
    return count_instructions(Path("model.gguf"), Path("inputs.npz"), "step")


def test_two_runs_of_perf_are_subtracted(tools: Path) -> None:
    few, many = counting.PERF_FRAMES
    script = (
        f'for last; do :; done; test "$last" = {many} && n=300000500 || n=500; test "$last" = {few} || :; '
    )
    tool(tools, "perf", script + 'echo "$n,,instructions:u,1,100.00,," >&2; echo avx512')
    assert count() == counting.Count(3000.0, "perf stat", "avx512")


def test_where_perf_has_no_counter_valgrind_counts(tools: Path) -> None:
    tool(tools, "perf", 'echo "<not supported>,,instructions:u,0,100.00,," >&2')
    tool(tools, "valgrind", 'echo "==1== Collected : 50000" >&2; echo avx2')
    assert count() == counting.Count(50000 / counting.VALGRIND_FRAMES, "valgrind", "avx2")


def test_a_count_of_nothing_is_no_count(tools: Path) -> None:
    tool(tools, "valgrind", 'echo "==1== Collected : 0" >&2')
    with pytest.raises(CountingRefused, match="install valgrind"):
        count()


def test_without_tools_the_refusal_says_what_to_install(tools: Path) -> None:
    assert os.environ["PATH"] == str(tools)
    with pytest.raises(CountingRefused, match="cannot be counted here"):
        count()


def test_the_process_to_be_counted_runs_frames_and_names_its_kernels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = sound_features(noisy_sound(1, 4))[:4]
    program = program_of(random_network(1, Shape(width=0.125), frames), frames, name="small")
    write_program(program, tmp_path / "model.gguf")
    np.savez(tmp_path / "inputs.npz", codes=codes_of(program, frames), sound=noisy_sound(1, 4))
    for what in counting.FUNCTIONS:
        run(tmp_path / "model.gguf", tmp_path / "inputs.npz", what, 3)
        assert capsys.readouterr().out.strip() in instruction_sets()
