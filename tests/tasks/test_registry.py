"""A recipe finds a task of Linnet by its name, and one's own by its module and class, or says why not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")

from linnet.tasks.registry import kind_of
from linnet.train.recipe import RecipeError, parse_recipe, read_recipe
from tests.end_to_end.pulses import Pulses
from tests.source_tree import ROOT

OWN = "tests.end_to_end.pulses:Pulses"


def test_a_class_of_any_module_that_can_be_imported_is_a_task() -> None:
    assert kind_of(OWN) is Pulses


def test_a_recipe_file_may_name_it_and_fill_its_fields(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(f'name = "x"\ntask = "{OWN}"\nframes = 50')
    assert read_recipe(tmp_path / "own.toml").task == Pulses(frames=50.0)


def test_a_text_that_is_no_recipe_file_imports_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "harm.py").write_text("raise SystemExit('this ran')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RecipeError, match="task='harm:Harm' is code of its author"):
        parse_recipe('name = "x"\ntask = "harm:Harm"')
    assert "harm" not in sys.modules


def test_a_module_is_found_in_the_current_folder_and_hides_none_that_is_installed(tmp_path: Path) -> None:
    (tmp_path / "gait.py").write_text((ROOT / "examples/own_task/gait.py").read_text("utf-8"))
    (tmp_path / "csv.py").write_text("raise SystemExit('this ran')")
    program = (
        "import sys; sys.path = [p for p in sys.path if p]\n"
        "from linnet.tasks.registry import kind_of\n"
        "print(kind_of('gait:Gait')().name); import csv"
    )
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("gait\n", 0), done.stderr


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module:Task", "in a module that cannot be imported"),
        ("broken:Task", "in a module that cannot be imported"),
        ("lacking.it:Task", "in a module that cannot be imported"),
        ("pathlib:NoSuchClass", "is not a dataclass that the module has"),
        ("pathlib:Path", "is not a dataclass that the module has"),
        ("thawed:Task", "cannot be hashed"),
        ("linnet.tasks.contract:Share", "is not a dataclass that the module has"),
        ("linnet.train.recipe:TrainingSettings", "lacks name, inputs, outputs, answers, front_end"),
        ("../evil:Task", "names no class of a module"),
        ("module:", "names no class of a module"),
    ],
)
def test_what_is_no_task_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    (tmp_path / "broken.py").write_text("class Task(:\n")
    (tmp_path / "thawed.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Task:\n    x: int = 0\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=message):
        kind_of(name)
    sys.modules.pop("thawed", None)
