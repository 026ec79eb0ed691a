"""`linnet bench`: a small network for real, refusals, what is written, and being stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from linnet.apps.bench import train as bench_train
from linnet.bench.guests import GUESTS, Guest, GuestMissing, GuestProcess
from tests.apps.conftest import Command

SMALL = ("--width", "0.125", "--density", "0.1", "--quick")


@pytest.mark.long
def test_a_small_network_is_measured_printed_and_written(linnet: Command, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    outcome = linnet("bench", "engine", *SMALL, "--runtimes", "numpy", "scipy", "--out", out)
    assert outcome.code == 0, outcome.err
    for name in (
        "Linnet W8A16, dense",
        "Linnet W8A16, 90% zeros",
        "NumPy float32",
        "SciPy float32, sparse rows",
    ):
        assert name in outcome.out
    assert "A quick run" in outcome.out
    assert sorted(path.name for path in out.iterdir()) == ["engine.json", "engine.md", "engine.png"]
    written = json.loads((out / "engine.json").read_text("utf-8"))
    ways = {row["name"]: set(row["microseconds"]) for row in written["widths"][0]["contenders"]}
    assert ways["NumPy float32"] == {"step", "step_cold"}
    assert ways["Linnet W8A16, dense"] >= {"step", "step_cold", "step_python", "hop", "hop_cold"}
    assert (out / "engine.png").read_bytes().startswith(b"\x89PNG")


def test_what_zeros_pay_is_said_for_each_instruction_set_that_is_asked_for(linnet: Command) -> None:
    small = ("--width", "0.125", "--density", "0.1", "--rounds", "2", "--no-models")
    outcome = linnet("bench", "kernels", *small, "--isa", "scalar")
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0].split()[-1] == "scalar"
    dense = next(line for line in lines if "0% zeros" in line and "90%" not in line)
    assert dense.endswith("(1.00)")
    assert sum("k = 0.125, 90% zeros" in line for line in lines) == 2
    refused = linnet("bench", "kernels", "--isa", "abacus")
    assert refused.code == 2
    assert "abacus" in refused.err
    assert "scalar" in refused.err


def test_streams_per_core_are_told_for_each_number_of_streams(linnet: Command) -> None:
    outcome = linnet("bench", "streams", "--together", "1", "3", "--rounds", "1", "--isa", "scalar")
    assert outcome.code == 0, outcome.err
    rows = [line.split() for line in outcome.out.splitlines() if "denoise-sparse-small" in line]
    assert [row[1] for row in rows] == ["1", "1"]
    streams, hop_us = float(rows[0][2]), float(rows[1][2])
    assert streams == pytest.approx(1e6 / (hop_us * 125), rel=0.03)  # hops of 8 ms, both rounded
    for wrong in (("--together", "0"), ("--rounds", "0"), ("--isa", "abacus"), ("--model", "absent.gguf")):
        refused = linnet("bench", "streams", *wrong)
        assert refused.code == 2
        assert wrong[1] in refused.err


@pytest.mark.long
def test_a_runtime_that_is_missing_is_listed_with_its_remedy(
    linnet: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = GuestProcess.__init__

    def without(self: GuestProcess, guest: Guest, model: Path) -> None:
        if guest.runtime == "litert":
            raise GuestMissing("ai_edge_litert")
        real(self, guest, model)

    monkeypatch.setattr(GuestProcess, "__init__", without)
    outcome = linnet("bench", "engine", *SMALL, "--runtimes", "litert", "numpy")
    assert outcome.code == 0, outcome.err
    assert outcome.out.count("; pip install ai-edge-litert, or all of them: pip install jax onnx ") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--width", "0.3"), "give e.g. 0.5, 1, 2 or 4"),
        (("--density", "0"), "more than 0 and at most 1"),
        (("--runtimes", "tvm"), "choose from numpy"),
        (("--rounds", "1"), "give 3 or more"),
    ],
)
def test_what_makes_no_sense_is_refused(linnet: Command, words: tuple[str, ...], message: str) -> None:
    outcome = linnet("bench", "engine", *words)
    assert outcome.code == 2
    assert message in outcome.err


@pytest.mark.long
def test_energy_says_what_was_computed_and_what_cannot_be_measured(
    linnet: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("linnet.bench.energy.packages.__defaults__", (tmp_path,))
    outcome = linnet("bench", "energy", "--width", "0.125", "--no-count")
    assert outcome.code == 0, outcome.err
    assert "bytes (computed)" in outcome.out
    assert "shows no energy counter" in outcome.out
    entries = json.loads(linnet("bench", "energy", "--width", "0.125", "--no-count", "--json").out)
    sparse, dense = sorted(entries, key=lambda entry: entry["density"])
    assert sparse["computed_bytes_per_frame"] < dense["computed_bytes_per_frame"]
    assert "instructions_per_step" not in dense


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    words = ["bench", "engine", "--rounds", "4000", "--runtimes", "numpy", "--out", str(tmp_path / "out")]
    program = (  # where tests run in the background, Ctrl-C is ignored from the start
        "import signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"from linnet.apps.cli import main\nsys.exit(main({words!r}))"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    running = subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE)
    while not list(tmp_path.glob("linnet-bench-*/1.0.npz")):
        assert running.poll() is None
        time.sleep(0.05)
    time.sleep(1.0)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.long
def test_all_runtimes_that_are_here_take_part(linnet: Command, tmp_path: Path) -> None:
    outcome = linnet("bench", "engine", "--quick", "--out", tmp_path)
    assert outcome.code == 0, outcome.err
    width = json.loads((tmp_path / "engine.json").read_text("utf-8"))["widths"][0]
    assert width["failed"] == {}
    took_part = {row["name"] for row in width["contenders"] if row["runtime"] != "engine"}
    assert took_part | set(width["missing"]) == {guest.name for guest in GUESTS}
    assert len(width["contenders"]) == len(took_part) + 5


def fake_benchmark() -> SimpleNamespace:
    """What the command needs of life/training_speed.py, without JAX: contenders of known and different length."""

    def contender(name: str, seconds: float) -> SimpleNamespace:
        return SimpleNamespace(
            name=name, run=lambda: time.sleep(seconds), scratch_bytes=2_000_000, multiply_adds=1000
        )

    def contenders(width: float, **sizes: object) -> list[SimpleNamespace]:
        assert sizes == {"batch": 2, "seconds": 0.5, "computation": ("float32", "associative")}
        return [contender("linnet", 0.01), contender("S5 as published", 0.05 * width)]

    return SimpleNamespace(
        OURS="linnet",
        contenders=contenders,
        ComputationSettings=lambda *settings: settings,
        versions=lambda: {"jax": "none"},
    )


def test_training_is_timed_in_turns_printed_and_written(
    linnet: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_train, "import_from_extra", lambda *names, **why: fake_benchmark())
    out = tmp_path / "train.json"
    words = ("--width", "1", "2", "--batch", "2", "--seconds", "0.5", "--rounds", "3", "--out", out)
    form = ("--recurrence", "associative")
    outcome = linnet("bench", "train", *words, *form)
    assert outcome.code == 0, outcome.err
    assert outcome.out.count("S5 as published") == 2
    written = json.loads(out.read_text("utf-8"))
    ours, published = written["widths"][1]["contenders"]
    assert len(ours["rounds_ms"]) == 3
    assert ours["times_ours_median"] == 1
    assert 5 < published["times_ours_of_minima"] <= 11  # 0.1 s against 0.01 s
    assert 0 < ours["audio_seconds_per_second"] <= 2 * 0.5 / 0.01
    assert ours["planned_scratch_mb"] == 2
    assert written["machine"]["jax"] == "none"


def test_a_recipe_is_timed_with_its_own_clips_and_no_option_beside_it(
    linnet: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = fake_benchmark()
    ours = SimpleNamespace(name="linnet", run=lambda: time.sleep(0.01), scratch_bytes=1, multiply_adds=1000)
    fake.contenders_of = lambda path: ([ours], 4, 0.5)
    monkeypatch.setattr(bench_train, "import_from_extra", lambda *names, **why: fake)
    out = tmp_path / "train.json"
    outcome = linnet("bench", "train", "--recipe", "a[b].toml", "--rounds", "2", "--out", out)
    assert outcome.code == 0, outcome.err
    assert "a[b].toml, 4 clips of 0.5 s" in outcome.out
    written = json.loads(out.read_text("utf-8"))["widths"][0]
    assert (written["recipe"], written["batch"], written["clip_seconds"]) == ("a[b].toml", 4, 0.5)
    assert 0 < written["contenders"][0]["audio_seconds_per_second"] <= 4 * 0.5 / 0.01
    outcome = linnet("bench", "train", "--recipe", "a.toml", "--batch", "2")
    assert outcome.code == 2
    assert "another option says so, too; give --recipe with --rounds and --out alone" in outcome.err


@pytest.mark.parametrize("words", [("--rounds", "0"), ("--batch", "0"), ("--seconds", "0"), ("--width", "0")])
def test_a_benchmark_of_nothing_is_refused(linnet: Command, words: tuple[str, ...]) -> None:
    outcome = linnet("bench", "train", *words)
    assert outcome.code == 2
    assert "leave nothing to time; give at least one round" in outcome.err


@pytest.mark.long
def test_training_is_timed_for_real(linnet: Command) -> None:
    pytest.importorskip("jax")
    words = ("--width", "0.0625", "--batch", "1", "--seconds", "0.1", "--rounds", "2")
    outcome = linnet("bench", "train", *words)
    assert outcome.code == 0, outcome.err
    for name in ("linnet", "associative scan", "S5 as published", "linnet, forward only"):
        assert name in outcome.out
