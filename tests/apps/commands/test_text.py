"""`linnet compress`, `decompress`, `generate` and `data split`: files and pipes, whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from linnet.ir import program_to_bytes
from linnet.runtime import TextModel
from tests.apps.conftest import Command
from tests.runtime.text_models import known_text, program

TEXT = known_text(1, 500) + "äöü".encode() + known_text(2, 300)


@pytest.fixture(scope="module")
def text_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "text.gguf"
    path.write_bytes(program_to_bytes(program()))
    return path


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text"
    path.write_bytes(TEXT)
    return path


def test_a_file_comes_back_and_its_size_is_told(linnet: Command, text_model: Path, text: Path) -> None:
    packed, back = text.with_name("packed"), text.with_name("back")
    outcome = linnet("compress", text, "-o", packed, "--model", text_model)
    assert outcome.code == 0, outcome.err
    assert packed.read_bytes() == TextModel(text_model).compress(TEXT)
    bits = 8 * packed.stat().st_size / len(TEXT)
    assert (
        f"806 bytes of text, {packed.stat().st_size} bytes compressed, {bits:.3f} bits a byte" in outcome.out
    )
    outcome = linnet("decompress", packed, "-o", back, "--model", text_model)
    assert outcome.code == 0, outcome.err
    assert back.read_bytes() == TEXT


def test_an_empty_file_comes_back(linnet: Command, text_model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert linnet("compress", tmp_path / "empty", "-o", tmp_path / "packed", "--model", text_model).code == 0
    assert linnet("decompress", tmp_path / "packed", "-o", tmp_path / "back", "--model", text_model).code == 0
    assert (tmp_path / "back").read_bytes() == b""


@pytest.mark.long
def test_pipes_give_the_bytes_of_files(text_model: Path) -> None:
    words = [sys.executable, "-m", "linnet"]
    model = ["--model", str(text_model)]
    packed = subprocess.run(
        [*words, "compress", "-", "-o", "-", *model], input=TEXT, capture_output=True, check=True
    )
    assert packed.stdout == TextModel(text_model).compress(TEXT)
    assert b"bits a byte" in packed.stderr
    back = subprocess.run(
        [*words, "decompress", "-", "-o", "-", *model], input=packed.stdout, capture_output=True, check=True
    )
    assert back.stdout == TEXT
    cut = subprocess.run(
        [*words, "decompress", "-", "-o", "-", *model],
        input=packed.stdout[:-1],
        capture_output=True,
        check=False,
    )
    assert cut.returncode == 2
    assert b"standard input ends too early" in cut.stderr


def test_a_damaged_file_is_refused_and_nothing_is_written(
    linnet: Command, text_model: Path, text: Path
) -> None:
    packed = text.with_name("packed")
    packed.write_bytes(TextModel(text_model).compress(TEXT)[:-3])
    outcome = linnet("decompress", packed, "-o", text.with_name("back"), "--model", text_model)
    assert outcome.code == 2
    assert "ends too early" in outcome.err
    assert {path.name for path in text.parent.iterdir()} == {"text", "packed"}


def test_what_must_not_be_written_is_refused(linnet: Command, text_model: Path, text: Path) -> None:
    model = ("--model", text_model)
    there = text.with_name("there")
    there.write_bytes(b"kept")
    refusals = {
        ("compress", text, "-o", there): "already exists and would be lost",
        ("compress", text, "-o", text, "--overwrite"): "is IN and OUT",
        ("compress", text.parent, "-o", text.with_name("new")): "is a folder, so there is nothing to read",
        ("decompress", text.with_name("none"), "-o", text.with_name("new")): "is no file",
        (
            "decompress",
            text,
            "-o",
            text.with_name("new"),
        ): "does not begin as a text that linnet compress wrote",
        ("decompress", text, "-o", text.parent / "no/new"): "lies in a folder that does not exist",
    }
    for words, message in refusals.items():
        outcome = linnet(*words, *model)
        assert outcome.code == 2
        assert message in outcome.err
    assert there.read_bytes() == b"kept"
    assert linnet("compress", text, "-o", there, "--overwrite", *model).code == 0
    assert there.read_bytes() == TextModel(text_model).compress(TEXT)


def test_a_terminal_is_spared(
    linnet: Command, text_model: Path, text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, words, message in (
        ("stdin", ("-", "-o", text.with_name("new")), "nothing is piped in"),
        ("stdout", (text, "-o", "-"), "standard output is a terminal"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(getattr(sys, name), "isatty", lambda: True, raising=False)
            outcome = linnet("compress", *words, "--model", text_model)
        assert outcome.code == 2
        assert message in outcome.err


def test_a_denoiser_compresses_nothing(linnet: Command, text: Path) -> None:
    outcome = linnet("compress", text, "-o", text.with_name("new"), "--model", "denoise-sparse-small")
    assert outcome.code == 2
    assert "give a model of the task text" in outcome.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_leaves_nothing_half_written(text_model: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "linnet", "compress", "-", "-o", str(tmp_path / "out")]
    with subprocess.Popen(
        [*words, "--model", str(text_model)], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdin
        running.stdin.write(TEXT)
        running.stdin.flush()
        while not list(tmp_path.glob(".linnet-*")) and running.poll() is None:
            pass  # until it has begun its draft
        running.send_signal(signal.SIGINT)
        running.stdin.close()
        assert running.wait() == 130
    assert list(tmp_path.iterdir()) == []


def test_text_is_generated_behind_its_prompt(linnet: Command, text_model: Path) -> None:
    words = ("--model", text_model, "--bytes", "60", "--seed", "3")
    outcome = linnet("generate", "hello", *words)
    assert outcome.code == 0, outcome.err
    drawn = b"".join(islice(TextModel(text_model).generate(b"hello", seed=3), 60))
    assert outcome.out == "hello" + drawn.decode()
    assert "60 bytes, " in outcome.err
    assert "bytes a second" in outcome.err
    assert linnet("generate", "hello", *words, "--temperature", "0").out != outcome.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--bytes", "0"), "--bytes 0 --seed 0 draw nothing"),
        (("--seed", "-1"), "--seed -1 draw nothing"),
        (("--temperature", "-1"), "draws nothing; give 0"),
        (("--temperature", "nan"), "draws nothing; give 0"),
    ],
)
def test_what_draws_nothing_is_refused(
    linnet: Command, text_model: Path, words: tuple[str, ...], message: str
) -> None:
    outcome = linnet("generate", "--model", text_model, *words)
    assert outcome.code == 2
    assert message in outcome.err


def test_endless_text_ends_with_its_reader(text_model: Path) -> None:
    command = f"{sys.executable} -m linnet generate --endless --model {text_model} | head -c 100"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False)
    assert (done.returncode, len(done.stdout)) == (0, 100), done.stderr


def test_texts_are_split_by_position(linnet: Command, tmp_path: Path) -> None:
    for name, size in (("a.txt", 1000), ("b", 10)):
        (tmp_path / name).write_bytes(known_text(0, size))
    paths = (tmp_path / "a.txt", tmp_path / "b")
    outcome = linnet("data", "split", *paths, "-o", tmp_path / "out", "--val", "0.1", "--test", "0")
    assert outcome.code == 0, outcome.err
    assert "909 bytes of train, 101 bytes of val, 0 bytes of test" in outcome.out
    whole = b"".join((tmp_path / "out" / split / "a.txt").read_bytes() for split in ("train", "val"))
    assert whole == paths[0].read_bytes()
    assert (tmp_path / "out/val/b.txt").read_bytes() == paths[1].read_bytes()[9:]


def test_a_split_that_cannot_be_made_is_refused(linnet: Command, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 100)
    (tmp_path / "a.md").write_bytes(b"abc" * 100)
    (tmp_path / "no text").write_bytes(b"")
    (tmp_path / "out").mkdir()
    split = ("data", "split", tmp_path / "a", "-o", tmp_path / "out")
    refusals = {
        (*split, "--val", "0.6", "--test", "0.4"): "leave nothing to train on",
        (
            "data",
            "split",
            tmp_path / "a",
            tmp_path / "a.md",
            "-o",
            tmp_path / "out",
        ): "would be written twice",
        ("data", "split", "-o", tmp_path / "out"): "no text came",
        (
            *split[:3],
            tmp_path / "no text",
            *split[3:],
        ): "is empty, so there is nothing to split; leave it out",
        ("data", "split", tmp_path / "none", "-o", tmp_path / "out"): "No such file",
    }
    for words, message in refusals.items():
        outcome = linnet(*words)
        assert outcome.code == 2
        assert message in outcome.err
    assert list((tmp_path / "out").iterdir()) == []
    assert linnet(*split).code == 0
    assert "is there already" in linnet(*split).err
