"""Which bits a run is quantized by, and the model as they round it."""

from pathlib import Path

from linnet.nn.network import FoldedNetwork
from linnet.quant.equalize import can_be_equalized, equalized
from linnet.quant.scheme import SCHEMES, W8A16, Scheme
from linnet.train.recipe import Recipe
from linnet.train.runs import load_best


def ready_for(scheme: Scheme, model: FoldedNetwork) -> FoldedNetwork:
    """The model as the scheme rounds it: equalized where it says so, unless something in the model forbids that."""
    return equalized(model) if scheme.equalize and can_be_equalized(model) else model


def scheme_of(folder: str | Path) -> Scheme:
    """By which a run is quantized where nothing else is asked for: what it was trained for, else W8A16."""
    trained_for = trained_scheme(folder)
    return (trained_for or W8A16).after_training(trained_for)


def scheme_in_training(recipe: Recipe) -> Scheme | None:
    """What a recipe rounds weights by in training; None where it does not."""
    name = recipe.quantization.scheme
    return None if name == "none" else SCHEMES[name]


def trained_scheme(folder: str | Path) -> Scheme | None:
    """The same of the recipe of a run."""
    return scheme_in_training(load_best(folder)[0])
