"""What a command writes twice is the same to the byte, the second time a day later by the clock of Python.

Every command with an option that names a file or folder to write stands in WRITES, or in OTHERS with the reason why two
runs differ.
"""

from __future__ import annotations

import time
import typing
from collections.abc import Iterator
from dataclasses import is_dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from linnet.apps.cli import COMMANDS
from linnet.apps.web.site import ENGINE_FILES, ENVIRONMENT, EXAMPLE
from linnet.audio.files import write_audio
from linnet.ir import ComplexRelu, Linear, Program, read_program, write_program
from linnet.runtime import TextModel
from tests.apps.conftest import Command
from tests.conftest import tone
from tests.foreign import made
from tests.source_tree import ROOT
from tests.train.small import SMALL, write_recordings

CLIP, MODEL = str(ROOT / "examples/noisy/fan.wav"), "denoise-sparse-small"
WRITES = {
    "wav": ("denoise", CLIP, "--model", MODEL, "-o", "clean.wav"),
    "flac": ("denoise", CLIP, "--model", MODEL, "-o", "clean.flac"),
    "picture": ("denoise", CLIP, "--model", MODEL, "-o", "clean.wav", "--plot"),
    "speech": ("denoise", CLIP, "--model", MODEL, "-o", "clean.wav", "--speech"),
    "report": ("report", MODEL, "-o", "report.html"),
    "estimate": ("estimate", MODEL, "-o", "estimate.html"),
    "sanafe": ("estimate", MODEL, "--audio", "short.wav", "--sanafe", "chip"),
    "c": ("export", "c", MODEL, "-o", "model.c"),
    "single": ("export", "c", MODEL, "-o", "model.c", "--single-file"),
    "rename": ("rename", MODEL, "-o", "other.gguf", "--name", "other"),
    "shrink": ("shrink", "DEAD", "-o", "smaller.gguf", "--data", "DATA"),
    "web": ("web", "-o", "page"),
    "plugin": ("plugin", "install", "--pipewire"),
    "synthesize": ("data", "synthesize", "--data", "DATA", "--split", "val", "--clips", "3", "-o", "set"),
    "kinds": (
        "data",
        "kinds",
        "--data",
        "DATA",
        "--split",
        "val",
        "--clips",
        "2",
        "--seconds",
        "2",
        "-o",
        "set",
    ),
    "import": ("import", "model.npz", "--map", "map.toml", "--examples", "shown.npz", "-o", "model.gguf"),
    "split": ("data", "split", str(ROOT / "README.md"), "-o", "texts"),
    "compress": ("compress", str(ROOT / "LICENSE"), "-o", "small"),
    "decompress": ("decompress", "packed", "-o", "text"),
    "quantize": ("quantize", "RUN", "--data", "DATA", "-o", "model.gguf"),
}
OTHERS = {
    "train": "its journal and card say how long it took",
    "sparsify": "as train",
    "compile": "as train",
    "study run": "as train",
    "study adopt": "copies a run, and says when",
    "study report": "the report of a study says how long its trials took; its numbers come from their files",
    "bench engine": "a measurement",
    "bench listen": "a page that says what it measured",
    "bench quality": "a measurement",
    "bench train": "a measurement",
}
A_DAY = 86400.0


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A folder of recordings, a trained run, and its model with a state that nobody reads."""
    pytest.importorskip("jax")
    from linnet.life.deploy import deploy
    from linnet.train.loop import train

    root = tmp_path_factory.mktemp("places")
    data = write_recordings(root / "data")
    (root / "small.toml").write_text(SMALL, encoding="utf-8")
    train(root / "small.toml", data, root / "run")
    deploy(root / "run", data, root / "dead.gguf")
    write_program(with_dead_states(read_program(root / "dead.gguf")), root / "dead.gguf")
    return {"DATA": str(data), "RUN": str(root / "run"), "DEAD": str(root / "dead.gguf")}


def with_dead_states(program: Program) -> Program:
    """The first state of the first layer is read by nobody."""
    states = next(node.target for node in program.nodes if isinstance(node, ComplexRelu))
    place = next(
        i for i, node in enumerate(program.nodes) if isinstance(node, Linear) and node.source == states
    )
    reading = program.nodes[place]
    assert isinstance(reading, Linear)
    weight = reading.weight.copy()
    weight[:, [0, weight.shape[1] // 2]] = 0
    nodes = list(program.nodes)
    nodes[place] = replace(reading, weight=weight)
    return replace(program, nodes=tuple(nodes))


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of Matplotlib and an engine for browsers, its files empty, outside of what is compared."""
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "matplotlib"))
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "engine"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (tmp_path / "engine").mkdir()
    for name in (*ENGINE_FILES, EXAMPLE):
        (tmp_path / "engine" / name).touch()


def contents(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.mark.long
@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("words", WRITES.values(), ids=WRITES.keys())
def test_a_day_later_it_writes_the_same_bytes(
    linnet: Command,
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    places = request.getfixturevalue("places") if {"DATA", "RUN", "DEAD"} & set(words) else {}
    written = []
    for name, now in (("first", time.time()), ("second", time.time() + A_DAY)):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setenv("HOME", str(folder))
        monkeypatch.setattr(time, "time", lambda now=now: now)
        write_audio(folder / "short.wav", tone(0.5, 16000), 16000)
        if "packed" in words:
            (folder / "packed").write_bytes(TextModel.from_pretrained().compress(b"In the beginning"))
        made.write(folder)
        outcome = linnet(*(places.get(word, word) for word in words))
        assert outcome.code == 0, outcome.err
        written.append(
            {path: data.replace(str(folder).encode(), b"") for path, data in contents(folder).items()}
        )
    assert written[0] == written[1]
    assert len(written[0]) > 1


def commands_of(kind: Any, name: str) -> Iterator[tuple[str, type]]:
    """A command, and those below it, by the words that choose them."""
    hints = typing.get_type_hints(kind, include_extras=True)
    below = [(part, hint) for hint in hints.values() for part in typing.get_args(hint)]
    chosen = [
        part for part, _ in below if is_dataclass(typing.get_args(part)[0] if typing.get_args(part) else None)
    ]
    if not chosen:
        yield name, kind
    for part in chosen:
        inner, *told = typing.get_args(part)
        yield from commands_of(inner, f"{name} {told[0].name}")


def writing_commands() -> set[str]:
    found = set()
    for word, entry in COMMANDS.items():
        kind = getattr(import_module(f"linnet.apps.commands.{entry.module}"), entry.name)
        for name, command in commands_of(kind, word):
            fields = typing.get_type_hints(command)
            if any(fields.get(option) in (Path, Path | None) for option in ("out", "output")):
                found.add(name)
    return found


def test_no_command_that_writes_is_forgotten() -> None:
    named = {" ".join(words[:2]) if words[0] == "data" else words[0] for words in WRITES.values()}
    writing = writing_commands()
    assert {"denoise", "data synthesize", "study run", "bench quality"} <= writing
    assert writing == (named - {"plugin"}) | set(OTHERS)
