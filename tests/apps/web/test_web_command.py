"""`linnet web`: a folder for any server, and a server for this machine alone. The engine's files are empty here."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from linnet.apps.desk.models import default_name, model_path
from linnet.apps.web.server import LOOPBACK, server_of
from linnet.apps.web.site import ENGINE_FILES, ENVIRONMENT, EXAMPLE, PAGE
from linnet.ir import read_program
from linnet.runtime import pretrained_names
from tests.apps.conftest import Command

FILES = {"index.html": b"<p>page", "engine/linnet.wasm": b"\0asm", "a.mjs": b"1;"}


@pytest.fixture
def engine_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "engine"
    folder.mkdir()
    for name in (*ENGINE_FILES, EXAMPLE):
        (folder / name).touch()
    monkeypatch.setenv(ENVIRONMENT, str(folder))
    return folder


@pytest.fixture
def port() -> Iterator[int]:
    with server_of(FILES, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def answer(
    port: int, path: str, *, method: str = "GET", host: str = "localhost:80"
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    connection.request(method, path, headers={"Host": host})
    return connection.getresponse()


def test_the_folder_holds_page_engine_models_and_their_list(
    linnet: Command, engine_files: Path, tmp_path: Path
) -> None:
    assert linnet("web", "--out", tmp_path / "page").code == 0
    written = {path.relative_to(tmp_path / "page").as_posix() for path in (tmp_path / "page").rglob("*.*")}
    expected = {f"engine/{name}" for name in ENGINE_FILES} | {EXAMPLE, "models/models.json"}
    expected |= {f"models/{name}.gguf" for name in pretrained_names()} | {
        path.name for path in PAGE.iterdir()
    }
    assert written == expected


def test_the_list_of_models_says_what_their_cards_say(
    linnet: Command, engine_files: Path, tmp_path: Path
) -> None:
    linnet("web", "--out", tmp_path / "page")
    entries = json.loads((tmp_path / "page/models/models.json").read_text("utf-8"))
    assert [entry["name"] for entry in entries if entry["isDefault"]] == [default_name()]
    for entry in entries:
        path = model_path(entry["name"])
        scores = read_program(path).metadata.card["scores"]["test"]
        assert entry["bytes"] == path.stat().st_size
        assert (entry["noisyDb"], entry["cleanedDb"]) == (scores["noisy_db"], scores["integer_db"])


def test_a_folder_that_holds_something_is_left_alone(
    linnet: Command, engine_files: Path, tmp_path: Path
) -> None:
    outcome = linnet("web", "--out", tmp_path)
    assert (outcome.code, "holds files already" in outcome.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["engine"]


def test_without_the_engine_there_is_a_remedy(
    linnet: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    outcome = linnet("web", "--out", tmp_path / "page")
    assert (outcome.code, "install clang, lld" in outcome.err) == (2, True)


def test_a_port_that_is_taken_or_none_is_refused(linnet: Command, engine_files: Path, port: int) -> None:
    assert "is taken by another program" in linnet("web", "--port", str(port)).err
    assert "does not exist" in linnet("web", "--port", "65536").err


def test_files_come_with_their_types_and_a_policy(port: int) -> None:
    page, engine, module = (answer(port, path) for path in ("/", "/engine/linnet.wasm?x", "/a.mjs"))
    assert (page.read(), page.headers["Content-Type"]) == (FILES["index.html"], "text/html; charset=utf-8")
    assert engine.headers["Content-Type"] == "application/wasm"
    assert module.headers["Content-Type"].startswith("text/javascript")
    assert page.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    head = answer(port, "/", method="HEAD")
    assert (head.read(), head.headers["Content-Length"]) == (b"", str(len(FILES["index.html"])))


def test_only_what_is_the_pages_is_served_and_only_to_this_machine(port: int) -> None:
    assert answer(port, "/../pyproject.toml").status == 404
    assert answer(port, "/%2e%2e/pyproject.toml").status == 404
    assert answer(port, "/", method="POST").status == 501
    assert answer(port, "/", host="attacker.example").status == 421
    assert answer(port, "/", host="attacker.example:80").status == 421
    assert answer(port, "/", host="").status == 421


@pytest.mark.parametrize("name", ["localhost", LOOPBACK])
def test_a_browser_leaves_port_80_out_and_is_served(port: int, name: str) -> None:
    assert answer(port, "/", host=name).status == 200
    assert answer(port, "/", host=f"{name}:{port}").status == 200


def test_every_file_that_the_page_names_is_there() -> None:
    for path in PAGE.iterdir():
        named = re.findall(r'(?:from|src=|href=|new URL\() ?"(?:\./)?([\w./-]+)"', path.read_text("utf-8"))
        for name in named:
            inside = (
                name.removeprefix("engine/") in ENGINE_FILES
                if name.startswith("engine/")
                else (PAGE / name).is_file()
            )
            assert inside, f"{path.name} names {name}"


def test_the_page_asks_nothing_of_other_hosts() -> None:
    for path in PAGE.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://\w", text), path.name


def test_ctrl_c_ends_the_server_well(engine_files: Path) -> None:
    words = (sys.executable, "-m", "linnet", "web", "--port", "0")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert re.match(r"http://127\.0\.0\.1:\d+/ is the page, on this machine only", said)
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (0, "")
