"""Every command and every piece of Python in the README and the documentation is run, as it stands there.

The pages are read for their ```sh and ```python blocks. Each page runs in order in a folder of its own that looks
like the repository; `recordings` is a small folder of generated sound. What installs or builds is only looked up.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import linnet as package
from linnet.audio.files import write_audio
from linnet.audio.synthetic import pink
from tests.apps.conftest import Command
from tests.apps.words import write_words_model
from tests.conftest import tone
from tests.source_tree import ROOT

PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples/README.md",
]
HOSTS = ("ffmpeg", "sox", "gst-launch-1.0", "lv2apply")  # of the plug-in; their lines go through the shell
TRAINING_PAGES = {"train.md", "deploy.md", "study.md"}  # need JAX, a C compiler and a minute
OWN_TESTS = {"your_own_task.md"}  # tests/docs


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def command_lines(page: Path) -> list[str]:
    return [
        line
        for block in blocks(page, "sh")
        for line in block.splitlines()
        if line and not line.startswith("#")
    ]


def shell_pages() -> list[Path]:
    return [page for page in PAGES if command_lines(page)]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what a reader of the pages has at hand, and the current one."""
    for name in ("examples", "recipes", "studies", "engine/examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for split, count in (("train", 4), ("val", 2), ("test", 2)):
        for index in range(count):
            rng = np.random.default_rng([index, count])
            for kind, sound in (
                ("speech", tone(3.0, 16000, seed=index)[:, 0]),
                ("noise", pink(rng, 48000, 16000)),
            ):
                path = tmp_path / "recordings" / kind / split / f"{split}{index}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                write_audio(path, sound, 16000)
    write_words_model(tmp_path / "lights.gguf")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # where plug-ins are installed
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path


def run_pipe(line: str, tool: str) -> None:
    """Run a pipe in a shell that finds this Linnet."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} not found; apt install {tool}")
    program = Path("bin", "linnet")
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m linnet "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent.absolute()}{os.pathsep}{os.environ['PATH']}"
    words = ["bash", "-o", "pipefail", "-c", line]
    done = subprocess.run(words, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stderr}"


def run_line(line: str, linnet: Command) -> None:
    words = shlex.split(line)
    if words[0] == "linnet":
        outcome = linnet(*words[1:])
        if words[1] == "live" and "not installed" in outcome.err:
            pytest.skip(
                "sounddevice or PortAudio not found; pip install sounddevice, apt install libportaudio2"
            )
        assert outcome.code == 0, f"{line}\n{outcome.out}\n{outcome.err}"
    elif words[0] == "python":
        done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    elif words[0] == "make":
        done = subprocess.run(
            ["make", "-n", "-C", str(ROOT), *words[1:]], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    elif words[0] == "cmake":
        words = [str(ROOT) if word == "." else word for word in words]
        tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # pip's cmake, where that is the one
        done = subprocess.run(
            words, env=os.environ | {"PATH": tools}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    elif words[0] in ("sox", "ffmpeg"):
        run_pipe(line, words[0])
    elif words[0] == "cc":  # its flags come from pkg-config, through the shell
        if shutil.which("pkg-config") is None:
            pytest.skip("pkg-config not found; apt install pkg-config")
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    elif program_of(words) in HOSTS:
        if shutil.which(program_of(words)) is None:
            pytest.skip(f"{program_of(words)} not found; see .ci/debian-packages.txt")
        done = subprocess.run(
            ["sh", "-c", line], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    else:
        assert_installs(words)


def program_of(words: list[str]) -> str:
    """The first word that sets no variable."""
    return next(word for word in words if "=" not in word)


def assert_installs(words: list[str]) -> None:
    """Accept `pip install` of this repository or of its package, with extras that exist."""
    assert words[:2] == ["pip", "install"], f"no test knows how to run {words}"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    match = re.fullmatch(r"(?:\.|linnet-rnn)(?:\[(\w+)\])?", words[2])
    assert match is not None, words[2]
    assert match.group(1) is None or match.group(1) in extras


def test_a_model_ships() -> None:
    assert package.pretrained_names(), "src/linnet/models holds no model"


SHORT_PAGES = [
    pytest.param(page, id=page.name, marks=[] if page.name == "README.md" else pytest.mark.long)
    for page in shell_pages()
    if page.name not in TRAINING_PAGES | OWN_TESTS
]


@pytest.mark.parametrize("page", SHORT_PAGES)
def test_the_commands_of_a_page_do_what_it_says(page: Path, linnet: Command, checkout: Path) -> None:
    for line in command_lines(page):
        run_line(line, linnet)


@pytest.mark.long
def test_training_and_deployment_go_as_the_pages_say(linnet: Command, checkout: Path) -> None:
    for name in ("train.md", "deploy.md"):
        for line in command_lines(ROOT / "docs" / "learn" / name):
            run_line(line, linnet)


@pytest.mark.long
@pytest.mark.filterwarnings("default")  # Ray's own, where it is installed
def test_a_study_goes_as_its_page_says(linnet: Command, checkout: Path) -> None:
    study = checkout / "studies" / "first.toml"
    text = study.read_text().replace("[0.0625, 0.125]", "[0.0625]").replace("[1.0, 0.25]", "[0.25]")
    study.write_text(text)  # one trial of the four, in a quarter of the time
    for line in command_lines(ROOT / "docs" / "learn" / "study.md"):
        if "--jobs" not in line:
            run_line(line, linnet)
        elif find_spec("ray"):
            run_line(line.replace("--out first", "--out beside"), linnet)
            assert (checkout / "beside" / "trials").is_dir()
    assert (checkout / "first" / "report" / "report.html").is_file()


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page: Path, checkout: Path) -> None:
    program = "\n".join(blocks(page, "python"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    broken = []
    for page in [*PAGES, *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken, "\n".join(broken)
