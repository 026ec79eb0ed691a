"""Text keeps the contract of tasks; its pieces are those of the files, and its likelihoods those of the integers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")

import jax
import jax.numpy as jnp

from linnet.ir import program_to_bytes, quantize_features, run
from linnet.nn.layers import Linear, Moments, NoNorm
from linnet.nn.network import Network
from linnet.runtime import Model
from linnet.runtime.alphabet import UNKNOWN, Alphabet
from linnet.tasks.contract import Finite
from linnet.tasks.text.pieces import Joined, PieceSettings, TextError, read_texts
from linnet.tasks.text.task import LEAST, Text
from linnet.train.model import ModelSettings
from linnet.train.recipe import RecipeError, parse_recipe
from tests.runtime.text_models import ALPHABET, known_text, program
from tests.tasks.contract import TaskContract

TINY = Text(
    alphabet=ALPHABET,
    pieces=PieceSettings(batch=4, length=24, validation_batch=2, validation_length=20, context=5),
)


def write_texts(root: Path, sizes: dict[str, int]) -> Path:
    for seed, (name, size) in enumerate(sizes.items()):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(known_text(seed, size))
    return root


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    sizes = {"train/a.txt": 100, "train/b.txt": 57, "val/a.txt": 85, "test/empty.txt": 0}
    return write_texts(tmp_path_factory.mktemp("texts"), sizes)


class TestText(TaskContract):
    task = TINY

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, folder):
        return folder

    def outputs(self, features, weight):
        """The first symbol more or less likely than the others: outputs that are all alike predict the same whatever
        they are."""
        logits = jnp.zeros(self.task.outputs).at[0].set(1.0) * (weight - 2.0) + 0 * jnp.mean(features)
        return jax.nn.sigmoid(jnp.broadcast_to(logits, (*features.shape[:2], self.task.outputs)))


def test_what_is_asked_is_what_comes_next(folder):
    batch = TINY.examples(folder, "train", seed=1).batch(0)
    assert np.array_equal(batch.shown[:, 1:], batch.asked[:, :-1])
    text = b"\n" + (folder / "train/a.txt").read_bytes() + b"\n" + (folder / "train/b.txt").read_bytes()
    symbols = np.frombuffer(Alphabet(ALPHABET).symbols, np.uint8)
    for piece in batch.shown:
        assert symbols[piece].tobytes() in text + text


def test_every_byte_of_val_is_scored_once(folder):
    text, settings = (folder / "val/a.txt").read_bytes(), TINY.pieces
    examples = TINY.examples(folder, "val", seed=0)
    rows = np.concatenate([examples.batch(i).asked for i in range(3)])[:, settings.context :].ravel()
    expected = Alphabet(ALPHABET).places(text)[settings.context :]
    assert np.array_equal(rows[: len(expected)], expected)


@pytest.mark.parametrize(
    ("sizes", "first"),
    [((85, 31), 5), ((59,), 5), ((3, 1), 0)],  # which byte is scored first, behind the context
    ids=["pieces and a part", "whole pieces", "less than a piece"],
)
def test_every_byte_of_test_is_asked_for_once_and_counts_once(tmp_path, sizes, first):
    folder = write_texts(tmp_path, {f"test/{i}.txt": size for i, size in enumerate(sizes)})
    examples = TINY.examples(folder, "test", seed=0)
    assert isinstance(examples, Finite)
    batches, counts = zip(*examples.once(), strict=True)
    context, read = TINY.pieces.context, Alphabet(ALPHABET).places
    asked = np.concatenate([batch.asked for batch in batches])[:, context:]
    found = asked[asked != UNKNOWN]
    text = np.concatenate([read((folder / f"test/{i}.txt").read_bytes()) for i in range(len(sizes))])
    assert len(found) == sum(sizes)
    assert np.array_equal(found, np.roll(text, -first))
    assert np.concatenate(counts).tolist() == [np.sum(row != UNKNOWN) for row in asked]
    shown = np.concatenate([batch.shown for batch in batches])
    known = asked[:, :-1] != UNKNOWN
    assert np.array_equal(asked[:, :-1][known], shown[:, context + 1 :][known])


def test_an_unknown_byte_is_shown_as_nothing_and_is_not_asked_for():
    batch = Joined((np.frombuffer(b"a\xffb", np.uint8),), Alphabet(ALPHABET)).piece(0, 3)
    assert batch.shown[2] == batch.asked[1] == UNKNOWN
    batch = type(batch)(batch.shown[None], batch.asked[None])
    features = np.asarray(TINY.features(batch))
    assert features.sum(axis=-1)[:, 0].tolist() == [1, 1, 0]
    answer = np.full((1, 3, TINY.outputs), 0.25)
    answer[0, 1] = 0.01  # would cost much where it were asked for
    assert TINY.objective(jnp.asarray(answer), batch) == pytest.approx(2)


def test_a_share_of_the_bytes_is_hidden_from_the_network_but_asked_for(folder):
    pieces = replace(TINY.pieces, batch=40, unknown_probability=0.25)
    batch = replace(TINY, pieces=pieces).examples(folder, "train", seed=0).batch(0)
    assert 0.2 < np.mean(batch.shown == UNKNOWN) < 0.3
    assert (batch.asked != UNKNOWN).all()


def test_the_answer_of_the_engine_is_that_of_the_floats(folder):
    drawn, batch = program(), TINY.examples(folder, "val", seed=0).batch(0)

    def apply(features):
        clips = [run(drawn, np.asarray(features[:, i], np.float32)) for i in range(features.shape[1])]
        return jnp.stack(clips, axis=1)

    by_engine = TINY.answer_of(Model(program_to_bytes(drawn)), batch)
    np.testing.assert_allclose(by_engine, TINY.answer(apply, batch), atol=1e-6)
    assert quantize_features(drawn, np.asarray(TINY.features(batch))[:, 0]).max() > 0


def test_the_score_is_minus_the_mean_of_the_bits_behind_the_context(folder):
    batch = TINY.examples(folder, "val", seed=0).batch(0)
    answer = np.full((*batch.asked.shape, TINY.outputs), 2.0**-3)
    answer[:, : TINY.pieces.context] = 2.0**-9
    assert TINY.score(jnp.asarray(answer), batch).tolist() == [-3.0, -3.0]
    assert TINY.floor(batch)[0] == pytest.approx(-np.log2(33))


def test_every_likelihood_is_above_the_least(folder):
    batch = TINY.examples(folder, "val", seed=0).batch(0)
    answer = TINY.answer(lambda x: jnp.zeros_like(x).at[..., 0].set(1.0), batch)
    assert float(answer.min()) == pytest.approx(LEAST / (1 + 33 * LEAST))


def test_a_folder_without_texts_is_refused(tmp_path):
    (tmp_path / "train").mkdir()
    with pytest.raises(TextError, match=r"holds no text in files named \*\.txt"):
        read_texts(tmp_path, "train")
    with pytest.raises(TextError, match="holds no text"):
        TINY.examples(tmp_path, "val", seed=0)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('alphabet = "aa"', "names no bytes to choose from"),
        ("[pieces]\nlength = 0", "make no batch"),
        ("[pieces]\ncontext = 1024", "leaves nothing to score"),
        ("[pieces]\nunknown_probability = 2.0", "is no probability"),
        ('[model]\nbands = 8\nlayers = 4\nrecurrence = "gated"\nnormalises = false', "share weights behind"),
    ],
)
def test_settings_that_make_no_task_are_refused(keys, message):
    with pytest.raises(RecipeError, match=message):
        parse_recipe(f'name = "x"\ntask = "text"\n{keys}\n')


def test_without_a_norm_an_input_of_one_chooses_a_column_of_the_encoder():
    settings = ModelSettings(width=0.0625, layers=1, recurrence="gated", normalises=False)
    model = settings.create(0, TINY)
    assert isinstance(model, Network)
    assert isinstance(model.norm, NoNorm)
    rare = Moments(jnp.full(33, 1e-6), jnp.full(33, 1e-6))
    folded = model.fold(model.initial_statistics()._replace(features=rare))
    assert isinstance(folded.encoder, Linear)
    assert isinstance(model.encoder, Linear)
    assert np.array_equal(folded.encoder.weight, model.encoder.weight)
    assert np.asarray(folded.encoder.weight).std() == pytest.approx(1, rel=0.2)
