"""Keyword spotting keeps the contract of tasks; its utterances are read as the list says, and refused where it lies."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")

import jax.numpy as jnp

from linnet.audio.files import AudioError, write_audio
from linnet.audio.stft import FrontEnd
from linnet.audio.synthetic import speech_like
from linnet.tasks.contract import Finite
from linnet.tasks.keywords.task import Keywords
from linnet.tasks.keywords.utterances import NOTHING, Batch, ClipSettings, alone, read_utterances
from linnet.train.recipe import RecipeError, parse_recipe
from tests.tasks.contract import TaskContract

RATE_HZ = 8000
WORDS = ("left", "right", "stop")
TINY = Keywords(
    words=WORDS,
    front_end=FrontEnd(sample_rate_hz=RATE_HZ, window=256, hop=128, band_ratio=8),
    clips=ClipSettings(batch=4),
    validation_batch=2,
)


def write_utterances(root: Path, rate_hz: int = RATE_HZ) -> Path:
    """A folder in which two speakers say each word once, one in `train` and one in `val`."""
    rng, rows = np.random.default_rng(0), []
    for split in ("train", "val"):
        path = root / f"audio/{split}_1.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, speech_like(rng, len(WORDS) * rate_hz, rate_hz)[:, None], rate_hz)
        rows += [(f"audio/{split}_1.wav", second, word, split) for second, word in enumerate(WORDS)]
    with open(root / "clips.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "second", "keyword", "split"), *rows])
    return root


class TestKeywords(TaskContract):
    task = TINY

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, tmp_path_factory):
        return write_utterances(tmp_path_factory.mktemp("utterances"))


def test_utterances_are_those_of_their_split_in_the_order_of_the_list(tmp_path):
    found = read_utterances(write_utterances(tmp_path), "val", ("stop", "left"), RATE_HZ)
    assert [each.label for each in found] == [1, 0]
    assert all(each.sound.shape == (RATE_HZ,) for each in found)


def test_recordings_of_another_rate_are_resampled(tmp_path):
    found = read_utterances(write_utterances(tmp_path, rate_hz=16000), "train", WORDS, RATE_HZ)
    assert [each.sound.size for each in found] == [RATE_HZ] * 3


def test_what_is_scored_is_every_utterance_once_in_order(tmp_path):
    examples = TINY.examples(write_utterances(tmp_path), "val", seed=0)
    labels = np.concatenate([examples.batch(i).label for i in range(3)])
    assert labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_every_utterance_of_test_comes_once_as_it_does_in_a_batch(tmp_path):
    data = write_utterances(tmp_path)
    listed = (data / "clips.csv").read_text("utf-8")
    (data / "clips.csv").write_text(listed.replace(",val", ",test"), "utf-8")
    examples = TINY.examples(data, "test", seed=0)
    assert isinstance(examples, Finite)
    batches, counts = zip(*examples.once(), strict=True)
    assert [batch.label.tolist() for batch in batches] == [[0, 1], [2]]
    assert [each.tolist() for each in counts] == [[1, 1], [1]]
    assert np.array_equal(batches[0].sound, examples.batch(0).sound)
    assert np.array_equal(batches[1].sound, examples.batch(1).sound[:1])


def test_training_hears_clips_in_which_nothing_is_said(tmp_path):
    labels = TINY.examples(write_utterances(tmp_path), "train", seed=0)
    heard = {int(label) for i in range(10) for label in labels.batch(i).label}
    assert heard == {NOTHING, 0, 1, 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,second,keyword\na,0,left", "lacks rows or one of the columns"),
        ("path,second,keyword,split\naudio/train_1.wav,3,left,train", "ends before second 3 does"),
        ("path,second,keyword,split\naudio/train_1.wav,0,up,train", "has no utterance of left"),
    ],
)
def test_a_list_that_lies_is_refused(tmp_path, text, message):
    (write_utterances(tmp_path) / "clips.csv").write_text(text)
    with pytest.raises(AudioError, match=message):
        read_utterances(tmp_path, "train", WORDS, RATE_HZ)


def test_a_folder_without_a_list_is_refused(tmp_path):
    with pytest.raises(AudioError, match=r"clips\.csv cannot be read"):
        TINY.has(tmp_path, "train")


def test_nothing_is_right_where_nothing_was_said_and_none_is_likely():
    answer = jnp.asarray([[0.1, 0.2, 0.3], [0.1, 0.9, 0.3], [0.1, 0.9, 0.3]], jnp.float32)
    batch = Batch(np.zeros((3, 8), np.float32), np.array([NOTHING, NOTHING, 1], np.int32))
    assert TINY.score(answer, batch).tolist() == [1, 0, 1]


def test_a_recipe_names_the_task_its_words_and_its_tables():
    recipe = parse_recipe('name = "x"\ntask = "keywords"\nwords = ["a", "b"]\n[clips]\nbatch = 8')
    assert recipe.task == Keywords(words=("a", "b"), clips=ClipSettings(batch=8))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'task = "keyword"',
            "task='keyword' is none that this Linnet has; choose one of denoise, ecg, keywords, pixels",
        ),
        ("task = 3", "task is 3, but must be a name; write it in quotes"),
        ('task = "keywords"', "the key 'words' is missing"),
        ('task = "keywords"\nwords = ["a", "a"]', "no list of different words"),
        ('task = "keywords"\nwords = ["a"]\n[mixtures]\nbatch = 3', "unknown key 'mixtures'; known keys are"),
        ('words = ["a"]', "unknown key 'words'"),
    ],
)
def test_a_recipe_of_another_task_is_refused_by_name(text, message):
    with pytest.raises(RecipeError, match=message):
        parse_recipe(f'name = "x"\n{text}')


def spoken(tmp_path, **settings):
    clips = ClipSettings(
        batch=4, nothing_probability=0, noise_probability=0, speed=(1, 1), tone_probability=0, **settings
    )
    return replace(TINY, clips=clips).examples(write_utterances(tmp_path), "train", seed=0)


@pytest.mark.parametrize(
    "change",
    [
        {"formants": (1.1, 1.1)},
        {"notch_probability": 1.0},
        {"gap_probability": 1.0},
        {"before_probability": 1.0, "seconds": 1.5},
        {"longest_after": 0.01, "seconds": 1.5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_each_change_of_an_utterance_is_heard(tmp_path, change):
    length = {key: value for key, value in change.items() if key == "seconds"}
    plain, changed = spoken(tmp_path / "plain", **length), spoken(tmp_path / "changed", **change)
    assert not np.array_equal(plain.clip(1).sound, changed.clip(1).sound)


def test_behind_another_utterance_the_word_itself_is_as_it_was(tmp_path):
    plain = spoken(tmp_path / "plain", seconds=1.5)
    after = spoken(tmp_path / "after", seconds=1.5, before_probability=1.0)
    for number in range(8):
        alone, behind = (
            plain._placed(np.random.default_rng(number), np.ones(RATE_HZ, np.float32), 12000),
            None,
        )
        begin = int(np.argmax(alone != 0))
        behind = after._followed(np.random.default_rng(number), alone)
        assert np.array_equal(behind[begin:], alone[begin:])
        assert begin < 2 or np.any(behind[:begin] != 0)


def test_in_a_long_clip_utterances_with_pauses_lie_before_a_word_and_little_behind_it(tmp_path):
    long = spoken(tmp_path, seconds=6.0, longest_after=0.25, before_probability=1.0, longest_pause=1.0)
    marked = replace(
        long, utterances=tuple(each._replace(sound=np.ones_like(each.sound)) for each in long.utterances)
    )
    words, pauses = [], []
    for number in range(20):
        placed = marked._placed(np.random.default_rng(number), np.ones(RATE_HZ, np.float32), 6 * RATE_HZ)
        end = int(np.flatnonzero(placed)[-1]) + 1
        assert 6 * RATE_HZ - end <= RATE_HZ // 4
        heard = marked._followed(np.random.default_rng(number), placed)[:end]
        edges = np.flatnonzero(np.diff(np.concatenate(([0], heard, [0]))))
        words.append(len(edges) // 2)
        pauses += list(edges[2::2] - edges[1:-1:2])
    assert min(words) >= 3
    assert max(words) <= 6
    assert min(pauses) > 0
    assert max(pauses) <= RATE_HZ
    assert np.mean(pauses) > 0.3 * RATE_HZ


def test_a_word_is_scored_near_the_end_of_its_silence():
    for samples, behind in ((12000, 2000), (10000, 1000), (24000, 2000), (8000, 0)):
        placed = alone(np.ones(8000, np.float32), samples)
        assert len(placed) == samples
        assert np.array_equal(np.flatnonzero(placed), samples - behind - 8000 + np.arange(8000))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"longest_after": -0.1}, "no silence of a clip"),
        ({"longest_pause": 61.0}, "no silence of a clip"),
        ({"formants": (0.1, 1.0)}, "are of no throat"),
        ({"widest_notch": 0.9}, "hides the word"),
        ({"longest_gap": 0.9}, "hides the word"),
    ],
)
def test_changes_that_leave_no_word_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ClipSettings(**settings)


def test_what_an_answer_tells_is_the_words_in_order():
    assert TINY.answers == WORDS
    assert replace(TINY, words=WORDS[::-1]).answers != TINY.answers
