"""Which trials a study file gives, which it refuses, and what their keys tell apart."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("jax")

from linnet.audio.held import holding
from linnet.audio.sources import Sources
from linnet.study.ledger import Ledger
from linnet.study.points import points_of
from linnet.study.settings import Measures, StudyError
from linnet.study.space import fingerprint_of, key_of, read_study, trials_of
from linnet.study.toml_text import to_toml
from linnet.train.recipe import RecipeError, parse_recipe
from tests.source_tree import ROOT
from tests.study.results import results_by_law
from tests.train.small import SMALL, write_recordings

STUDY = 'name = "two"\nrecipe = "small.toml"\n'
GRID = "[[grid]]\nwidth = [0.0625, 0.125]\ndensity = [1.0, 0.5]\nseed = [0, 1]\n"


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text(SMALL + "\n[sparsity]\nend = 0.5\nevery = 3\n")
    (tmp_path / "study.toml").write_text(STUDY + GRID)
    return tmp_path / "study.toml"


def test_a_grid_gives_every_combination_once_and_first_seeds_first(study_file: Path) -> None:
    study_file.write_text(STUDY + GRID + "[[grid]]\nwidth = [0.125, 0.25]\nseed = [1]\n")
    trials = trials_of(read_study(study_file), "data")
    chosen = [(t.recipe.training.seed, t.recipe.model.width, t.recipe.sparsity.density) for t in trials]
    assert [seed for seed, _, _ in chosen] == sorted(seed for seed, _, _ in chosen)
    assert len(set(chosen)) == len(chosen) == 9  # the last grid's first trial is one of the first grid's
    assert len({trial.key for trial in trials}) == 9
    assert all(parse_recipe(trial.text) == trial.recipe for trial in trials)


def test_adding_a_value_keeps_the_keys_of_the_others(study_file: Path) -> None:
    before = {trial.key for trial in trials_of(read_study(study_file), "data")}
    study_file.write_text(STUDY + GRID.replace("0.125]", "0.125, 0.25]"))
    after = {trial.key for trial in trials_of(read_study(study_file), "data")}
    assert before < after
    assert len(after) == 12


def test_a_key_tells_recipes_and_recordings_apart_but_not_names() -> None:
    recipe = parse_recipe(SMALL)
    other_name = parse_recipe(SMALL.replace('"small"', '"other"'))
    other_seed = parse_recipe(SMALL.replace("updates = 14", "updates = 14\nseed = 1"))
    assert key_of(recipe, "data") == key_of(other_name, "data")
    assert len({key_of(recipe, "data"), key_of(other_seed, "data"), key_of(recipe, "other data")}) == 3


def test_the_fingerprint_of_recordings_changes_with_them(tmp_path: Path) -> None:
    data = write_recordings(tmp_path / "data")
    first = fingerprint_of(data)
    assert fingerprint_of(data) == first
    (data / "noise" / "train" / "pink.wav").rename(data / "noise" / "train" / "rain.wav")
    assert fingerprint_of(data) != first


def test_budgets_set_the_updates_of_every_trial(study_file: Path) -> None:
    study_file.write_text(STUDY + "[budget]\nupdates = 20\n" + GRID)
    assert {t.recipe.training.updates for t in trials_of(read_study(study_file), "data")} == {20}
    study_file.write_text(STUDY + "[budget]\nsound_seconds_per_parameter = 0.01\n" + GRID)
    updates = {
        t.recipe.model.width: t.recipe.training.updates for t in trials_of(read_study(study_file), "data")
    }
    assert 20 < updates[0.0625] < updates[0.125]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (STUDY + "[[grid]]\nwidht = [1.0]\n", "'widht' is no key of a recipe"),
        (STUDY + "[[grid]]\nmodel.widht = [1.0]\n", "'model.widht' is no key of a recipe"),
        (STUDY + "[[grid]]\nwidth = []\n", "no list of values"),
        (STUDY + "[[grid]]\nwidth = 1.0\n", "no list of values"),
        (STUDY + "[[grid]]\nwidth = [1.0]\nmodel.width = [1.0]\n", "twice"),
        (STUDY + "[[grid]]\n", "no axes"),
        (STUDY, "'grid' is missing"),
        (STUDY + "color = 1\n" + GRID, "unknown key 'color'"),
        (STUDY + "[budget]\nhours = 1\n" + GRID, "known keys"),
        (STUDY + "[budget]\nupdates = 1\nsound_seconds_per_parameter = 1.0\n" + GRID, "contradict"),
        (
            STUDY + "[budget]\nupdates = 4\n[[grid]]\ntraining.updates = [5, 10]\n",
            "a .*grid.* has training.updates, which",
        ),
        (STUDY + "[budget]\nupdates = 0\n" + GRID, "updates=0, which it cannot be; give a whole number"),
        (STUDY + "[budget]\nsound_seconds_per_parameter = -1\n" + GRID, "give seconds, more than 0"),
        (STUDY + "[budget]\nsound_seconds_per_parameter = nan\n" + GRID, "give seconds, more than 0"),
        (STUDY + '[measures]\nperceptual = "yes"\n' + GRID, "give true or false"),
        (
            STUDY + '[measures]\nschemes = ["W9A9"]\n' + GRID,
            r"schemes=\['W9A9'\], which it cannot be; .*W8A16",
        ),
        (STUDY + '[measures]\nschemes = "W8A8"\n' + GRID, "give a list of some of"),
        (STUDY + "[grid]\nwidth = [1.0]\n", r"no list of tables.*write \[\[grid\]\]"),
        (STUDY + "grid = [1, 2]\n", "no list of tables"),
        ('name = "a/b"\nrecipe = "small.toml"\n' + GRID, "cannot name a folder"),
        ("name = ", "cannot be read as a study"),
    ],
)
def test_a_wrong_study_is_refused_by_name(study_file: Path, text: str, message: str) -> None:
    study_file.write_text(text)
    with pytest.raises(StudyError, match=message):
        read_study(study_file)


def test_a_task_without_decibels_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text((ROOT / "recipes" / "keywords-dense.toml").read_text())
    (tmp_path / "study.toml").write_text('name = "words"\nrecipe = "words.toml"\n[[grid]]\nseed = [0]\n')
    with pytest.raises(StudyError, match="'keywords' is scored by accuracy, and studies compare"):
        read_study(tmp_path / "study.toml")


@pytest.mark.parametrize("text", ["{", "[1]", "3", "\xff"])
def test_a_damaged_result_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    ledger = Ledger(tmp_path)
    ledger.place("torn").mkdir(parents=True)
    (ledger.place("torn") / "result.json").write_text(text, "latin-1")
    with pytest.raises(StudyError, match=r"torn/result\.json is damaged, .*delete it"):
        ledger.result("torn")


def test_a_result_from_before_there_were_other_measures_is_one_of_si_snr(tmp_path: Path) -> None:
    ledger, result = Ledger(tmp_path), results_by_law()[0]
    ledger.place("old").mkdir(parents=True)
    ledger.write_result("old", {key: value for key, value in result.items() if key != "measure"})
    (point,) = points_of(ledger.results(), "val")
    assert point.scores[0].tolist() == result["by_clip"]["val"]["si_snr_db"]


def test_values_that_make_no_recipe_are_refused_with_the_trial(study_file: Path) -> None:
    study_file.write_text(STUDY + "[[grid]]\nwidth = [0.0625, -1.0]\n")
    with pytest.raises(RecipeError, match=r"a trial with model.width=-1.0: model: width=-1.0"):
        trials_of(read_study(study_file), "data")


def test_recordings_without_a_validation_set_are_refused(tmp_path: Path) -> None:
    data = write_recordings(tmp_path / "data")
    for path in (data / "speech" / "val").iterdir():
        path.unlink()
    with pytest.raises(StudyError, match="no speech for val"):
        fingerprint_of(data)


def test_a_trial_counts_as_done_only_when_all_that_is_wanted_was_measured(study_file: Path) -> None:
    trial = trials_of(read_study(study_file), "data")[0]
    ledger = Ledger(study_file.parent / "out")
    assert not ledger.is_done(trial, Measures())
    ledger.place(trial.key).mkdir(parents=True)
    ledger.write_result(trial.key, {"measures": {"perceptual": False, "schemes": []}})
    assert ledger.is_done(trial, Measures())
    assert not ledger.is_done(trial, Measures(perceptual=True))
    assert not ledger.is_done(trial, Measures(schemes=("W8A8",)))
    assert len(ledger.results()) == 1


def test_toml_text_reads_back_as_the_same_table() -> None:
    import tomllib

    table = {
        "name": 'a "b" \\ \x7f é',
        "model": {"width": 0.1, "layers": 3},
        "x": {"on": True, "two": [1e-9, -2.0]},
    }
    assert tomllib.loads(to_toml(table)) == table


def test_held_recordings_are_read_once_and_forgotten_afterwards(tmp_path: Path) -> None:
    data = write_recordings(tmp_path / "data")
    with holding():
        first = Sources.from_folder(data, "train")
        assert Sources.from_folder(data, "train") is first
        assert Sources.from_folder(data, "val") is not first
        assert Sources.from_folder(data, "train", sample_rate_hz=8000) is not first
    assert Sources.from_folder(data, "train") is not first


STUDIES = [path for path in sorted((ROOT / "studies").glob("*.toml")) if not path.stem.endswith("-recipe")]


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_the_studies_of_the_repository_can_be_read(path: Path) -> None:
    assert trials_of(read_study(path), "data")
