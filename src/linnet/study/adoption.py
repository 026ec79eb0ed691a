"""Finished run folders of `linnet train` as trials of a study: what is trained already is not trained again."""

from __future__ import annotations

import shutil
from pathlib import Path

from linnet.output.draft_folder import DraftFolder
from linnet.study.ledger import Ledger
from linnet.study.settings import StudyError
from linnet.study.space import key_of
from linnet.train.journal import read_journal
from linnet.train.recipe import read_recipe
from linnet.train.runs import Run, load_best

FILES = ("recipe.toml", "log.jsonl", "checkpoint.safetensors", "best.safetensors")


def adopt(folder: str | Path, fingerprint: str, ledger: Ledger) -> str:
    """Copy a finished run into the ledger as the training of a trial; return its key. It is measured by the study.

    Args:
        folder: the run; it was trained on the recordings of the fingerprint, which is not written in it.
        fingerprint: of the recordings of the study.
        ledger: of the study.

    Raises:
        StudyError: the run is not finished, or began from another run, which a trial's key says nothing of.
        TrainingError, RecipeError, CheckpointError: it is no run, or a damaged one.
    """
    run = Run(Path(folder))
    recipe, _, about = load_best(folder)
    last = max((entry["update"] for entry in read_journal(run.log)), default=0)
    if last < recipe.training.updates or not run.checkpoint.exists():
        raise StudyError(
            f"{folder} has made {last} of {recipe.training.updates} updates, so it is no finished run; go on with "
            "linnet train --resume, and adopt it then."
        )
    if "initial" in about or recipe.distillation.weight:
        raise StudyError(
            f"{folder} began from another run, or learned from one, and trials begin at random; train the recipe anew."
        )
    key = key_of(read_recipe(run.recipe), fingerprint)
    place = ledger.place(key)
    if (place / "run").exists():
        raise StudyError(
            f"{place} has a run already, which would be lost; remove that folder, or leave it as it is."
        )
    place.mkdir(parents=True, exist_ok=True)
    with DraftFolder(place) as draft:
        (draft.path / "run").mkdir()
        for name in FILES:
            shutil.copyfile(run.folder / name, draft.path / "run" / name)
        shutil.copyfile(run.recipe, draft.path / "recipe.toml")
    return key
