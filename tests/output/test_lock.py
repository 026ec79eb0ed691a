"""A folder has one owner at a time, and is free again when its owner is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from linnet.output.lock import FolderLock, LockError


def test_a_second_owner_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(LockError, match="written by another process"):
        FolderLock(tmp_path)
    FolderLock(tmp_path).release()


def test_a_process_that_is_killed_leaves_its_folder_free(tmp_path: Path) -> None:
    program = (
        "import sys, time; from linnet.output.lock import FolderLock\n"
        "with FolderLock(sys.argv[1]): print('mine', flush=True); time.sleep(60)\n"
    )
    words = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "mine\n"
        with pytest.raises(LockError):
            FolderLock(tmp_path)
        owner.kill()
        owner.wait()
    FolderLock(tmp_path).release()
