"""Heartbeats keep the contract of tasks; recordings are read as the lists say, and every beat is scored once."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("jax")

import jax.numpy as jnp

from linnet.audio.files import AudioError, write_audio
from linnet.tasks.ecg.beats import AFTER, BEFORE, FEATURES, RATE_HZ, SAMPLES, Heart, shown_of
from linnet.tasks.ecg.records import CLASSES, NONE, SCORED, Cut, Drawn, PieceSettings, read_records
from linnet.tasks.ecg.task import Ecg
from linnet.train.recipe import RecipeError, parse_recipe
from tests.tasks.contract import TaskContract
from tests.tasks.hearts import write_hearts

TINY = Ecg(pieces=PieceSettings(batch=4, beats=20, scored_beats=20, warm_up=4), validation_batch=2)


class TestEcg(TaskContract):
    task = TINY

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, tmp_path_factory):
        return write_hearts(tmp_path_factory.mktemp("hearts"))


@pytest.fixture(scope="module")
def hearts(tmp_path_factory):
    return write_hearts(tmp_path_factory.mktemp("hearts"))


def test_records_are_those_of_their_split_with_a_label_for_every_beat(hearts):
    (record,) = read_records(hearts, "val")
    assert record.name == "h2"
    assert record.shown.shape == (50, FEATURES)
    assert record.labels[:8].tolist() == [0, 0, 0, NONE, 1, 0, 2, 0]


def test_what_is_shown_of_a_beat_needs_nothing_of_later_ones():
    rng = np.random.default_rng(0)
    wave, peaks = rng.normal(0, 1, 2000), np.arange(50, 1900, 90)
    whole = shown_of(wave, peaks)
    for count in (1, 2, 7):
        end = peaks[count - 1] + AFTER
        assert np.array_equal(shown_of(wave[:end], peaks[:count]), whole[:count])
    assert AFTER / RATE_HZ <= 0.4


def test_beat_by_beat_is_the_whole_recording():
    wave, peaks = (
        np.random.default_rng(1).normal(0, 1, 1000).astype(np.float32),
        np.array([40, 160, 230, 380]),
    )
    heart = Heart()
    shown = [
        heart.beat(wave[peak - BEFORE : peak + AFTER], (peak - before) / RATE_HZ)
        for peak, before in zip(peaks, [40, *peaks[:-1]], strict=True)
    ]
    assert np.array_equal(np.stack(shown), shown_of(wave, peaks))


def test_what_is_shown_does_not_depend_on_the_gain_of_the_recorder():
    wave, peaks = np.random.default_rng(2).normal(0, 1, 3000), np.arange(60, 2900, 100)
    assert np.allclose(shown_of(2 * wave, peaks), shown_of(wave, peaks), atol=1e-3)  # 1e-3: in `_likeness`


def test_an_early_beat_and_a_wide_one_are_shown_as_such(hearts):
    (record,) = read_records(hearts, "val")
    normal, early, wide = (record.shown[20:][record.labels[20:] == label] for label in range(3))
    assert early[:, 0].max() < -0.2 < normal[:, 0].min()
    assert wide[:, 15].min() > normal[:, 15].max()


@pytest.mark.parametrize(
    ("samples", "interval"), [(SAMPLES - 1, 0.8), (SAMPLES, -1.0), (SAMPLES, float("nan"))]
)
def test_what_is_no_beat_is_refused(samples, interval):
    with pytest.raises(ValueError, match="are no beat; give 84 samples and 0 s or more"):
        Heart().beat(np.zeros(samples), interval)


def test_a_flat_line_and_a_pause_are_shown_in_finite_numbers():
    heart = Heart()
    shown = [heart.beat(np.zeros(SAMPLES), interval) for interval in (0.0, 0.0, 100.0, 0.5)]
    assert np.isfinite(shown).all()
    assert np.abs(shown).max() <= 4


def test_every_beat_is_scored_once_and_an_answer_that_is_right_has_sensitivity_1(hearts):
    examples = TINY.examples(hearts, "val", seed=0)
    assert isinstance(examples, Cut)
    batches = [examples.batch(i) for i in range(len(examples.places) // 2)]
    label, weight = (
        np.concatenate([getattr(batch, name) for batch in batches]) for name in ("label", "weight")
    )
    (record,) = read_records(hearts, "val")
    for index, name in enumerate(CLASSES):
        expected = np.sum(record.labels == index) if name in SCORED else 0
        assert np.sum((label == index) & (weight > 0)) == expected
    perfect = [jnp.asarray(np.eye(len(CLASSES))[batch.label]) for batch in batches]
    scores = [TINY.score(answer, batch) for answer, batch in zip(perfect, batches, strict=True)]
    assert np.mean(scores) == pytest.approx(1)
    assert np.mean([TINY.floor(batch) for batch in batches]) == pytest.approx(1 / 3)
    again, counts = zip(*examples.once(), strict=True)
    for one, other in zip(again, batches, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert np.concatenate(counts).tolist() == [1] * len(scores) * 2


def test_beats_of_other_classes_count_neither_in_training_nor_in_scores(hearts):
    for split in ("train", "val"):
        batch = TINY.examples(hearts, split, seed=0).batch(0)
        assert np.all(batch.weight[batch.label == NONE] == 0)
        assert np.any(batch.weight > 0)


def test_rare_beats_are_drawn_more_often_where_the_recipe_says_so(hearts):
    records = read_records(hearts, "train")
    flat = tuple(
        each._replace(labels=np.where(np.arange(50) == 30, 1, 0).astype(np.int32)) for each in records
    )
    shares = [
        np.mean(
            [
                np.any(
                    Drawn(flat, replace(TINY.pieces, rare_probability=chance), (1, 1, 1, 1))._piece(i).label
                )
                for i in range(60)
            ]
        )
        for chance in (0.0, 1.0)
    ]
    assert shares[1] == 1
    assert shares[0] < 0.8


def test_without_noise_and_gain_a_piece_is_as_recorded(hearts):
    plain = replace(TINY.pieces, noise=0.0, gain=0.0)
    records = read_records(hearts, "train")
    piece = Drawn(records, plain, (1, 1, 1, 1))._piece(3)
    assert any(
        np.array_equal(record.shown[start : start + 20], piece.shown)
        for record in records
        for start in range(31)
    )
    changed = Drawn(records, replace(plain, gain=0.1), (1, 1, 1, 1))._piece(3)
    assert not np.array_equal(changed.shown, piece.shown)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("records.csv", "record,path\nh0,records/h0.flac", "lacks rows or one of the columns"),
        ("records.csv", "record,path,split\nh0,records/h0.flac,val", "has no record in split 'train'"),
        ("beats.csv", "record,sample,aami\nh0,x,N", "whose sample is no number"),
        ("beats.csv", "record,sample,aami\nh0,9,N\nh0,9,N", "which do not fit"),
        ("beats.csv", "record,sample,aami\nh0,999999,N", "which do not fit"),
        ("beats.csv", "record,sample,aami\nh9,9,N", "and 0 beats in beats.csv"),
    ],
)
def test_a_list_that_lies_is_refused(tmp_path, name, text, message):
    (write_hearts(tmp_path) / name).write_text(text)
    with pytest.raises(AudioError, match=message):
        read_records(tmp_path, "train")


def test_a_recording_of_another_rate_is_refused(tmp_path):
    write_hearts(tmp_path)
    write_audio(tmp_path / "records/h0.flac", np.zeros((9000, 1), np.float32), 8000)
    with pytest.raises(AudioError, match="8000 samples a second"):
        read_records(tmp_path, "train")


def test_a_folder_without_a_list_is_refused(tmp_path):
    with pytest.raises(AudioError, match=r"records\.csv cannot be read"):
        TINY.has(tmp_path, "train")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beats": 16}, "fewer of them to warm up"),
        ({"scored_beats": 5000}, "fewer of them to warm up"),
        ({"batch": 0}, "make no batch"),
        ({"noise": 2.0}, "hides the beat"),
        ({"rare_probability": 1.5}, "is no probability"),
    ],
)
def test_pieces_that_teach_nothing_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        PieceSettings(**settings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("class_weights = [0.0, 0.0, 0.0, 0.0]", "teach nothing"),
        ("class_weights = [1.0, 1.0]", "has 2 entries; give 4"),
        ("beats_per_second = 0.0", "is no number of a heart"),
    ],
)
def test_a_recipe_that_teaches_nothing_is_refused(text, message):
    with pytest.raises(RecipeError, match=message):
        parse_recipe(f'name = "x"\ntask = "ecg"\n{text}')


def test_a_recipe_names_the_task_and_its_tables():
    recipe = parse_recipe('name = "x"\ntask = "ecg"\nsource = "here"\n[pieces]\nbatch = 8')
    assert recipe.task == Ecg(pieces=PieceSettings(batch=8), source="here")
    assert recipe.task.frames_per_second == 1.25


def test_the_card_says_where_the_beats_are_from(hearts):
    task = replace(TINY, source="Drawn by rule.")
    text = task.origin(hearts, task.examples(hearts, "train", seed=0))
    assert text == "2 recordings of hearts, beats of 66 N, 18 S, 14 V, 0 F, 2 others. Drawn by rule."
