"""The command `linnet` itself: version, help, exit codes, faults, missing extras."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import linnet as package
from linnet.apps import cli
from linnet.apps.commands.inspect import Inspect
from linnet.apps.desk.refusal import EXTRAS, Refusal, explain, import_from_extra
from linnet.ir import read_program
from tests.apps.conftest import Command
from tests.source_tree import ROOT

FULL = Path("/dev/full")
COMMANDS = (
    *("denoise", "evaluate", "inspect", "report", "train", "sparsify", "quantize", "simulate", "estimate"),
    *("compile", "export", "rename", "shrink", "data", "bench", "web", "plugin", "live", "listen", "import"),
    *("generate", "compress", "decompress"),
)


def test_the_version_is_said_once(linnet: Command) -> None:
    assert linnet("--version").out == f"linnet {package.__version__}\n"
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"version: {package.__version__}\n" in citation
    assert f"## {package.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_help_names_every_command(linnet: Command) -> None:
    for words in ([], ["--help"]):
        outcome = linnet(*words)
        assert outcome.code == 0
        assert all(command in outcome.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(linnet: Command, command: str) -> None:
    outcome = linnet(command, "--help")
    assert outcome.code == 0
    assert re.search(r"\w+\.", outcome.out)


def test_every_option_named_in_the_documents_exists(linnet: Command) -> None:
    known = set()
    parts = [
        ("data", "synthesize"),
        ("data", "statistics"),
        ("bench", "engine"),
        ("bench", "energy"),
        *(("bench", part) for part in ("train", "onsets", "quality", "kinds", "words")),
        *(("data", part) for part in ("kinds", "split")),
        *(("study", part) for part in ("run", "report", "adopt")),
    ]
    for words in [*((command,) for command in COMMANDS), *parts]:
        known |= set(re.findall(r"--[a-z][a-z-]+", linnet(*words, "--help").out))
    known |= {"--version", "--completion", "--help", "--user"}  # the last one is of systemctl
    known |= {"--build", "--install", "--prefix", "--cflags", "--libs"}  # of cmake and pkg-config
    known |= {"--head", "--port"}  # of ray start
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    used = {
        (page.name, word)
        for page in pages
        for word in re.findall(r"(?<!-)--[a-z][a-z-]+", page.read_text("utf-8"))
    }
    assert {(page, word) for page, word in used if word not in known} == set()


def test_an_unknown_command_is_refused(linnet: Command) -> None:
    outcome = linnet("polish")
    assert (outcome.code, "choose one of denoise, " in outcome.err) == (2, True)
    assert "did you mean denoise?" in linnet("denois").err


def test_a_fault_of_our_own_is_reported_as_such(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Inspect) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(Inspect, "run", broken)
    assert cli.main(["inspect", "x"]) == cli.FAULT
    assert "LINNET_DEBUG=1" in capsys.readouterr().err
    monkeypatch.setenv("LINNET_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["inspect", "x"])


def test_only_linnets_own_value_errors_are_refusals() -> None:
    with pytest.raises(ValueError) as theirs:  # noqa: PT011 - whose it is is the point
        np.zeros(3).reshape(2, 2)
    assert explain(theirs.value) is None
    with pytest.raises(ValueError) as ours:  # noqa: PT011
        read_program(b"not a model")
    assert explain(ours.value) == str(ours.value)


def test_a_missing_extra_names_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    for name in [name for name in sys.modules if name.startswith(("linnet.train", "linnet.nn"))]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(Refusal, match=r"pip install jax equinox optax jaxtyping safetensors matplotlib$"):
        import_from_extra("linnet.train.loop", extra="train", why="training needs JAX")


def test_every_extra_that_is_named_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] == "linnet-rnn"
    extras = project["optional-dependencies"]
    for extra, packages in EXTRAS.items():
        assert packages == tuple(re.split("[><=]", package)[0] for package in extras[extra])
    sources = [*(ROOT / "src").rglob("*.py"), ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    texts = [path.read_text("utf-8") for path in sources]
    named = {name for text in texts for name in re.findall(r"(?:linnet-rnn|\.)\[(\w+)\]'", text)}
    assert named <= set(extras)
    assert named >= {"plot", "train", "metrics", "bench"}
    assert not any(re.search(r"pip install '?linnet(?!-rnn)", text) for text in texts)  # another's project


@pytest.mark.parametrize(
    ("words", "where", "code"),
    [
        ("--version", "| true", 0),
        ("inspect {model} --json", "| head -n 1", 0),
        ("inspect {model}", "| head -n 1", 0),
        ("--version", ">&-", 0),
        ("inspect {model}", ">&- 2>&-", 0),
        pytest.param(
            "--version", "> /dev/full", 2, marks=pytest.mark.skipif(not FULL.exists(), reason="Linux's")
        ),
    ],
)
def test_a_reader_that_goes_away_is_no_fault(model: Path, words: str, where: str, code: int) -> None:
    command = f"{sys.executable} -m linnet {words.format(model=model)} {where}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert ("(disk full), so what was written so far ends early" in done.stderr) == (code == 2)


def test_every_command_says_its_summary_and_only_its_file_is_imported() -> None:
    for name, entry in cli.COMMANDS.items():
        kind = getattr(import_module(f"linnet.apps.commands.{entry.module}"), entry.name)
        first = kind.__doc__.splitlines()[0]
        assert entry.summary.removesuffix(".").split(",")[0].split(":")[0] in first, name


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["--version"], {"numpy", "tyro", "rich", "soundfile"}),
        (["--help"], {"numpy", "tyro", "rich", "soundfile"}),
        (["denoise", "--help"], {"scipy", "matplotlib", "jax"}),
        (["inspect", "--help"], {"scipy", "matplotlib", "jax"}),
        (["data", "--help"], {"scipy.signal", "matplotlib", "jax"}),
        (["bench", "--help"], {"scipy.signal", "matplotlib", "jax"}),
    ],
)
def test_a_command_imports_no_more_than_it_needs(words: list[str], absent: set[str]) -> None:
    program = (
        "import sys; from linnet.apps import cli\n"
        "try: cli.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    assert not absent & set(done.stderr.split())


@pytest.mark.long
def test_the_version_is_there_at_once() -> None:
    """At most 0.25 s of processor time, the best of three; it was 1.7 s when every command was imported."""

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "linnet", "--version"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 0.25


@pytest.mark.parametrize(
    "words",
    [
        ["train", "recipe.toml", "--data", "data", "-o", "-"],
        ["data", "synthesize", "--data", "data", "-o", "-"],
        ["data", "statistics", "-"],
        ["evaluate", "--noisy", "-", "--clean", "b"],
        ["bench", "engine", "--out", "-"],
    ],
)
def test_a_dash_makes_no_folder(
    linnet: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = linnet(*words)
    assert outcome.code == 2
    assert "files are needed here" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_a_command_is_imported_is_no_traceback(
    linnet: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "parsed", stopped)
    outcome = linnet("inspect", "x")
    assert (outcome.code, "Stopped" in outcome.err) == (cli.STOPPED, True)


def test_names_and_terminals_without_unicode_are_no_obstacle(
    model: Path, recording: Path, tmp_path: Path
) -> None:
    odd = recording.with_name(os.fsdecode(b"caf\xe9.wav"))  # Latin-1, which is no UTF-8
    recording.rename(odd)
    words: list[str | bytes] = [
        "denoise",
        os.fsencode(odd),
        "-o",
        str(tmp_path / "out"),
        "--model",
        str(model),
    ]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "linnet.apps.cli", *words], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert os.listdir(os.fsencode(tmp_path / "out")) == [b"caf\xe9.wav"]
