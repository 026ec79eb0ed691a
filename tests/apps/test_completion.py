"""What completes the command line in a shell, in a real bash; and the manual page, which names no unknown command."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from linnet.apps.cli import COMMANDS
from tests.apps.conftest import Command
from tests.source_tree import ROOT

MANUAL = ROOT / "docs" / "linnet.1"

ASK = """source {script}
COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); COMP_LINE="{words}"; COMP_POINT=${{#COMP_LINE}}
_tyro_linnet 2>/dev/null; printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.long
def test_bash_completes_commands_and_options(linnet: Command, tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash not found; apt install bash")
    script = tmp_path / "completion"
    script.write_text(linnet("--completion", "bash").out)
    for words, wanted in (("linnet den", {"denoise"}), ("linnet denoise --raw-r", {"--raw-rate"})):
        ask = ASK.format(script=script, words=words)
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=False)
        assert wanted <= {word.strip() for word in done.stdout.split()}, (words, done.stdout, done.stderr)


def test_an_unknown_shell_is_refused(linnet: Command) -> None:
    outcome = linnet("--completion", "tcsh")
    assert outcome.code == 2
    assert "give bash or zsh" in outcome.err


def test_the_manual_names_commands_that_there_are() -> None:
    named = re.findall(r"^\.It Cm (\S+)$", MANUAL.read_text("utf-8"), flags=re.MULTILINE)
    assert {"denoise", "models", "train"} <= set(named) <= COMMANDS.keys()


def test_the_manual_is_clean_for_mandoc() -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc not found; apt install mandoc")
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", str(MANUAL)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
