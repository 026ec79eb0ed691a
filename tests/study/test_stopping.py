"""Which trials are ended early: those that lose against others that cost no more, and only where it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("jax")

from linnet.study.driver import run_here
from linnet.study.ledger import Ledger
from linnet.study.settings import Measures, Stopping, StudyError
from linnet.study.space import Trial, fingerprint_of, read_study, trials_of
from linnet.study.stopping import Hopeless, Rule, rule_of
from linnet.train.journal import Journal, heard_by
from tests.train.small import SMALL, write_recordings

MEASURE = "si_snr_db"
ASKED = Stopping(rungs=(0.25,), keep=0.5)


def trials_in(folder: Path, *, widths: str = "[0.0625, 0.125, 0.25]", updates: int = 14) -> list[Trial]:
    recipe = SMALL.replace("updates = 14", f"updates = {updates}")
    (folder / "small.toml").write_text(recipe)
    path = folder / "study.toml"
    path.write_text(f'name = "s"\nrecipe = "small.toml"\n[[grid]]\nwidth = {widths}\nseed = [0, 1]\n')
    return trials_of(read_study(path), "data")


def by(trials: list[Trial], width: float, seed: int) -> Trial:
    return next(t for t in trials if (t.recipe.model.width, t.recipe.training.seed) == (width, seed))


def scored(ledger: Ledger, rule: Rule, trial: Trial, score: float, *, update: int = 4) -> None:
    """A trial that reached its rung: its log as training writes it."""
    run = ledger.place(trial.key) / "run"
    run.mkdir(parents=True, exist_ok=True)
    with heard_by(rule.watch(trial.key, ledger, MEASURE)):
        Journal(run / "log.jsonl", 0).write(update, **{MEASURE: score})


@pytest.fixture
def trials(tmp_path: Path) -> list[Trial]:
    return trials_in(tmp_path)


@pytest.fixture
def rule(trials: list[Trial]) -> Rule:
    found = rule_of(ASKED, trials)
    assert found is not None
    return found


def test_no_rule_is_made_where_none_is_asked_for(trials: list[Trial]) -> None:
    assert rule_of(Stopping(), trials) is None


def test_a_trial_that_loses_against_a_cheaper_one_is_stopped(
    trials: list[Trial], rule: Rule, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "out")
    scored(ledger, rule, by(trials, 0.0625, 0), 8.0)
    with pytest.raises(Hopeless, match=r"7.50 dB after 4 updates, and 1 of 1 that cost no more had more"):
        scored(ledger, rule, by(trials, 0.25, 0), 7.5)
    scored(ledger, rule, by(trials, 0.125, 0), 8.5)


def test_a_cheap_trial_is_not_stopped_by_dearer_ones_nor_by_its_own_seeds(
    trials: list[Trial], rule: Rule, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "out")
    scored(ledger, rule, by(trials, 0.25, 0), 12.0)
    scored(ledger, rule, by(trials, 0.0625, 0), 8.0)
    scored(ledger, rule, by(trials, 0.0625, 1), 7.0)


def test_only_scores_at_a_rung_count(trials: list[Trial], rule: Rule, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "out")
    scored(ledger, rule, by(trials, 0.0625, 0), 8.0, update=8)
    scored(ledger, rule, by(trials, 0.25, 0), 7.0)
    scored(ledger, rule, by(trials, 0.25, 1), 1.0, update=8)


def test_a_recipe_that_is_never_validated_before_its_end_is_refused(tmp_path: Path) -> None:
    trials = trials_in(tmp_path, updates=4)
    with pytest.raises(
        StudyError, match=r"25 of 4 updates.*validates every 4, so there is no score before the end"
    ):
        rule_of(ASKED, trials)


@pytest.mark.parametrize(
    "table",
    [
        "rungs = [0.5, 0.25]",
        "rungs = [1.0]",
        "rungs = 0.5",
        'rungs = ["half"]',
        "keep = 1.0",
        'keep = "half"',
    ],
)
def test_rungs_that_are_no_rising_shares_are_refused(tmp_path: Path, table: str) -> None:
    trials_in(tmp_path)
    path = tmp_path / "study.toml"
    path.write_text(path.read_text().replace("[[grid]]", f"[stopping]\n{table}\n[[grid]]"))
    with pytest.raises(StudyError, match=r"which it cannot be; give (rising shares|a share) between 0 and 1"):
        read_study(path)


@pytest.mark.long
def test_a_trial_is_stopped_in_training_and_told_of(tmp_path: Path) -> None:
    data = write_recordings(tmp_path / "recordings")
    trials_in(tmp_path, widths="[0.0625, 0.125]")
    path = tmp_path / "study.toml"
    path.write_text(path.read_text().replace("[0, 1]", "[0]"))
    cheap, dear = trials_of(read_study(path), fingerprint_of(data))
    ledger, rule, kinds = Ledger(tmp_path / "out"), rule_of(ASKED, [cheap, dear]), []
    assert rule is not None
    run = ledger.place(cheap.key) / "run"
    run.mkdir(parents=True)
    (run / "log.jsonl").write_text(json.dumps({"update": 4, MEASURE: 99.0}) + "\n")
    run_here([dear], data, ledger, Measures(), lambda event: kinds.append(event.kind), rule)
    assert kinds == ["begun", "stopped"]
    assert ledger.was_stopped(dear.key)
    assert ledger.result(dear.key) is None
    assert not (ledger.place(dear.key) / "run" / "best.safetensors").exists()
