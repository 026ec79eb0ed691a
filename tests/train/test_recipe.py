"""Recipes: what is unknown, missing or of the wrong type is refused by name; those in the repository are sound."""

from pathlib import Path

import pytest

pytest.importorskip("jax")

from linnet.tasks.denoise.task import Denoise
from linnet.train.recipe import Recipe, RecipeError, parse_recipe, read_recipe

RECIPES = sorted((Path(__file__).resolve().parents[2] / "recipes").rglob("*.toml"))


def test_a_recipe_needs_no_more_than_a_name():
    assert parse_recipe('name = "plain"') == Recipe("plain")
    assert parse_recipe('name = "5 $ a_{b"').name == "5 $ a_{b"


def test_values_reach_their_tables_and_whole_numbers_may_stand_for_others():
    recipe = parse_recipe(
        'name = "x"\n[model]\nwidth = 1\n[front_end]\nwindow_kind = "rectangular"\n'
        '[mixtures]\nsnr_db = [-3, 9.5]\n[data]\nexclude_prefixes = ["a", "b"]\n'
    )
    assert isinstance(recipe.model.width, float)
    assert isinstance(recipe.task, Denoise)
    assert recipe.task.front_end.window_kind == "rectangular"
    assert recipe.task.mixtures.snr_db == (-3.0, 9.5)
    assert recipe.task.data.exclude_prefixes == ("a", "b")
    hash(recipe)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the key 'name' is missing"),
        ('name = "x"\ncolour = 1', "unknown key 'colour'; known keys are name, licence, task, model"),
        ('name = "x"\n[model]\nwidht = 1', "model: unknown key 'widht'; known keys are width, layers"),
        ('name = "x"\nmodel = 3', r"model is 3, not a table; write \[model\]"),
        ('name = "x"\n[model]\nlayers = 2.5', "layers is 2.5, but must be a whole number; correct it"),
        ('name = "x"\n[model]\nlayers = true', "layers is True, but must be a whole number"),
        ('name = "x"\n[model]\nwidth = 0.35', "width=0.35 is not a whole number of blocks"),
        ('name = "x"\n[model]\nwidth = true', "width is True, but must be a number"),
        ('name = "x"\n[model]\nwidth = "1"', "width is '1', but must be a number"),
        ("name = 3", "name is 3, but must be a text in quotes"),
        ('name = "../escaped"', "name='../escaped' cannot name a model file"),
        (
            'name = "no/such"',
            "name='no/such' cannot name a model file, for '/' has no place in the name of a file",
        ),
        ('name = ""', "cannot name a model file, for it has 0 bytes"),
        (f'name = "{"é" * 32}"', "for it has 64 bytes, not 1 to 63"),
        ('name = "-x"', "it begins with a dot, dash"),
        (
            'name = "x"\n[front_end]\nwindow_kind = "hann"',
            "window_kind is 'hann'; choose one of 'rectangular'",
        ),
        ('name = "x"\n[front_end]\nhop = 100', "front_end: hop=100 does not divide window=512"),
        ('name = "x"\n[mixtures]\nsnr_db = 3', "snr_db is 3, not a list"),
        ('name = "x"\n[mixtures]\nsnr_db = [1, 2, 3]', "snr_db has 3 entries; give 2"),
        ('name = "x"\n[mixtures]\nsnr_db = [1, "a"]', "snr_db is 'a', but must be a number"),
        ('name = "x"\n[data]\nexclude_prefixes = [1]', "exclude_prefixes is 1, but must be a text in quotes"),
        (
            'name = "x"\n[mixtures]\nsnr_db = [-400, -400]',
            "leaves speech or noise silent; stay within -100 to 100",
        ),
        ('name = "x"\n[mixtures]\nbatch = 0', "mixtures: clip_seconds=4.0 and batch=0 make no batch"),
        ('name = "x"\n[model]\nbands = 32\nlayers = 4', "model: bands=32 go with recurrence='gated'"),
        ('name = "x"\n[model]\nbands = 32\nrecurrence = "gated"\nlayers = 2', "and layers=2; change those"),
        (
            'name = "x"\n[model]\nbands = 5\nlayers = 4\nrecurrence = "gated"',
            "bands=5 do not divide 256 bins",
        ),
        (
            'name = "x"\n[model]\nbands = 32\nlayers = 4\nrecurrence = "gated"\n[front_end]\nband_ratio = 16',
            "bands=32 are of bins, and task='denoise' with band_ratio=16",
        ),
        (
            'name = "x"\n[model]\nbands = 32\nlayers = 4\nrecurrence = "gated"\n[sparsity]\nscore = "effect"',
            "score='effect' needs the size",
        ),
        ('name = "x"\n[model]\nlayers = -1', "model: layers=-1 make no model"),
        ('name = "x"\n[optimizer]\nlearning_rate = nan', "optimizer: learning_rate=nan cannot be followed"),
        ('name = "x"\n[optimizer]\nclip_norm = -1', "clip_norm=-1.0 cannot be followed"),
        ('name = "x"\n[training]\nupdates = 0', "training: updates=0 would leave no trained model"),
        ('name = "x"\n[training]\nvalidate_every = 0', "validate_every=0 would leave no trained model"),
        ('name = "x"\n[training]\nnorm_momentum = 2', "norm_momentum=2.0 is no share"),
        ('name = "x"\n[training]\nseed = -1', "seed=-1 and validation_seed=7 seed no generator"),
        ('name = "x', "recipe is not TOML"),
    ],
)
def test_what_does_not_belong_is_refused_by_name(text, said):
    with pytest.raises(RecipeError, match=said):
        parse_recipe(text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(RecipeError, match=r"missing\.toml cannot be read as a recipe"):
        read_recipe(tmp_path / "missing.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match=r"binary\.toml cannot be read as a recipe"):
        read_recipe(tmp_path / "binary.toml")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_of_the_repository_parses(path):
    recipe = read_recipe(path)
    assert recipe.name


def test_the_repository_has_recipes():
    assert RECIPES
