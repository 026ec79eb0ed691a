"""A file appears whole or not at all, whatever its name; what belongs together appears together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from linnet.audio.sources import audio_files
from linnet.output.atomic import (
    SUFFIX,
    Draft,
    WriteError,
    append_line,
    write_bytes,
    write_text,
    write_together,
)
from linnet.output.draft_folder import DraftFolder


def test_a_name_may_have_255_bytes_and_one_more_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    longest = tmp_path / ("é" * 125 + "a.wav")
    assert len(os.fsencode(longest.name)) == 255
    write_bytes(longest, b"sound")
    assert longest.read_bytes() == b"sound"
    with pytest.raises(WriteError, match="name is too long"):
        Draft(tmp_path / ("a" * 256))
    assert list(tmp_path.iterdir()) == [longest]


def test_a_draft_is_no_recording_and_gone_after_an_error(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), Draft(tmp_path / "a.wav") as draft:
        draft.file.write(b"RIFF")
        assert audio_files(tmp_path) == []
        assert [path.suffix for path in tmp_path.iterdir()] == [SUFFIX]
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_file_keeps_its_permissions_and_a_link_its_place(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_device_or_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(WriteError, match=f"{name} cannot be written .*no regular file"):
            write_bytes(tmp_path / name, b"")


def test_a_part_of_a_name_that_is_no_text_is_written_as_an_escape(tmp_path: Path) -> None:
    write_text(tmp_path / "a", os.fsdecode(b"\x80.wav"))
    append_line(tmp_path / "a", "b")
    assert (tmp_path / "a").read_bytes() == b"\\udc80.wavb\n"


def test_files_that_belong_together_are_all_new_or_all_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {tmp_path / name: name.encode() for name in "abc"}
    (tmp_path / "b").write_bytes(b"older")
    replace = os.replace

    def fail_at_c(source: Path, target: Path) -> None:
        if Path(target).name == "c":
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_at_c)
    with pytest.raises(WriteError, match="c cannot be written"):
        write_together(files)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b": b"older"}
    monkeypatch.undo()
    write_together(files)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), DraftFolder(tmp_path / "set") as draft:
        write_text(draft.path / "a", "a")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with DraftFolder(tmp_path / "set") as draft:
        write_text(draft.path / "a", "a")
        assert [path.suffix for path in (tmp_path / "set").iterdir()] == [SUFFIX]
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["a"]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_stopped_leaves_no_draft(tmp_path: Path, stop: signal.Signals) -> None:
    program = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # where the tests run in the background
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "from linnet.apps import cli\n"
        "from linnet.output.atomic import Draft\n"
        "class Command:\n"
        "    def run(self):\n"
        "        self.draft = Draft(sys.argv[1])\n"  # no `with`: as if stopped just before it
        "        print('writing', flush=True)\n"
        "        time.sleep(60)\n"
        "sys.exit(cli.guarded(Command()))\n"
    )
    words = [sys.executable, "-c", program, str(tmp_path / "a.wav")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "writing\n"
        assert len(list(tmp_path.iterdir())) == 1
        running.send_signal(stop)
        assert "Stopped" in running.communicate(timeout=60)[1]
    assert running.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_files_are_written_where_no_folder_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    opens = os.open

    def refuse_folders(path: str | Path, flags: int, *more: int) -> int:
        if os.path.isdir(path):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return opens(path, flags, *more)

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "open", refuse_folders)
    write_bytes(tmp_path / "whole", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]
    assert (tmp_path / "whole").read_bytes() == b"content"
