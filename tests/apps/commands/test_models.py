"""`linnet models`: every model that ships, and when to take which."""

from __future__ import annotations

import json

import pytest

import linnet as package
from linnet.apps.desk.shipped import advice
from tests.apps.conftest import Command

TASKS = ("denoise", "keywords", "text")


def test_every_model_that_ships_is_listed_and_says_when_to_take_it(linnet: Command) -> None:
    outcome = linnet("models")
    assert outcome.code == 0, outcome.err
    for name in (name for task in TASKS for name in package.pretrained_names(task)):
        assert name in outcome.out
        assert advice(name).endswith("."), (
            f"src/linnet/models/{name}.md has no line that begins 'Take it when '"
        )


def test_the_same_as_json_the_default_first(linnet: Command) -> None:
    listed = json.loads(linnet("models", "--json").out)
    models = [model for model in listed if model["task"] == "denoise"]
    assert {model["name"] for model in models} == set(package.pretrained_names())
    assert [model["is_default"] for model in models] == [True] + [False] * (len(models) - 1)
    assert package.Denoiser.from_pretrained().model.label == models[0]["name"]
    for model in models:
        assert model["noisy_db"] < model["cleaned_db"]
        assert 0 < model["nonzero_weights"] <= model["weights"]
        assert 0 < model["load"] < 1


@pytest.mark.long
def test_models_of_keywords_come_behind_with_their_accuracy(linnet: Command) -> None:
    listed = json.loads(linnet("models", "--json").out)
    models = [model for model in listed if model["task"] == "keywords"]
    assert [model["task"] for model in listed] == sorted(model["task"] for model in listed)
    assert [model["name"] for model in models] == package.pretrained_names("keywords")
    assert models[0]["is_default"]
    assert package.Recognizer.from_pretrained().model.label == models[0]["name"]
    for model in models:
        assert 1 / model["words"] < model["accuracy"] < 1
        assert 0 < model["nonzero_weights"] <= model["weights"]
        assert 0 < model["load"] < 1


@pytest.mark.long
def test_models_of_text_come_last_with_their_bits(linnet: Command) -> None:
    models = [model for model in json.loads(linnet("models", "--json").out) if model["task"] == "text"]
    assert [model["name"] for model in models] == package.pretrained_names("text")
    assert models[0]["is_default"]
    assert package.TextModel.from_pretrained().model.label == models[0]["name"]
    for model in models:
        assert 0 < model["bits"] < 8
        assert 0 < model["nonzero_weights"] <= model["weights"]
        assert model["bytes_per_second"] > 0


def test_the_low_latency_is_told_wherever_latency_is(linnet: Command) -> None:
    (listed,) = (
        each for each in json.loads(linnet("models", "--json").out) if each["name"] == "denoise-low-latency"
    )
    assert listed["algorithmic_latency_ms"] == 8
    assert "4 ms at 16000 Hz, algorithmic latency 8 ms" in linnet("inspect", "denoise-low-latency").out
