"""Digits pixel by pixel keep the contract of tasks; files of images are read, ordered and refused as documented."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")

from linnet.audio.files import AudioError
from linnet.tasks.contract import Finite
from linnet.tasks.pixels.images import FILES, PIXELS, order_of, read_images
from linnet.tasks.pixels.task import Pixels
from linnet.train.recipe import RecipeError, parse_recipe
from tests.tasks.contract import TaskContract

TINY = Pixels(batch=4, validation_batch=2)


def write_images(root: Path, count: int = 12, split: str = "train") -> Path:
    """Files of `count` images of noise, with the digits 0, 1, 2, ..."""
    images, labels = FILES[split]
    pixels = np.random.default_rng(0).integers(256, size=count * PIXELS).astype(np.uint8)
    (root / images).write_bytes(bytes(16) + pixels.tobytes())
    (root / labels).write_bytes(bytes(8) + (np.arange(count) % 10).astype(np.uint8).tobytes())
    return root


class TestPixels(TaskContract):
    task = TINY

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, tmp_path_factory):
        return write_images(tmp_path_factory.mktemp("images"))


def test_training_and_validation_share_no_image_and_leave_none_out(tmp_path):
    write_images(tmp_path)
    train, val = (read_images(tmp_path, split, -1) for split in ("train", "val"))
    assert [*train.digit, *val.digit] == [i % 10 for i in range(12)]
    assert len(val.digit) == 6


def test_what_is_scored_is_every_image_once_in_order(tmp_path):
    examples = TINY.examples(write_images(tmp_path), "val", seed=0)
    assert np.concatenate([examples.batch(i).digit for i in range(4)]).tolist() == [6, 7, 8, 9, 0, 1, 6, 7]


def test_every_image_of_test_comes_once_in_order(tmp_path):
    examples = TINY.examples(write_images(tmp_path, count=5, split="test"), "test", seed=0)
    assert isinstance(examples, Finite)
    batches, counts = zip(*examples.once(), strict=True)
    assert [batch.digit.tolist() for batch in batches] == [[0, 1], [2, 3], [4]]
    assert np.array_equal(batches[1].pixels, examples.batch(1).pixels)
    assert np.concatenate(counts).tolist() == [1] * 5


def test_a_drawn_order_is_one_for_all_images_and_loses_no_pixel(tmp_path):
    write_images(tmp_path)
    plain, drawn = (read_images(tmp_path, "train", seed).pixels for seed in (-1, 3))
    assert np.array_equal(plain[:, order_of(3)], drawn)
    assert not np.array_equal(plain, drawn)
    assert np.array_equal(np.sort(plain), np.sort(drawn))


def test_pixels_lie_between_0_and_1(tmp_path):
    pixels = TINY.examples(write_images(tmp_path), "train", seed=0).batch(0).pixels
    assert pixels.dtype == np.float32
    assert (pixels.min() >= 0, pixels.max()) == (True, 1.0)


@pytest.mark.parametrize("name", FILES["train"])
def test_a_file_that_is_missing_or_cut_off_is_refused(tmp_path, name):
    file = write_images(tmp_path) / name
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(AudioError, match="fetch both again, unpacked"):
        read_images(tmp_path, "train", -1)
    file.unlink()
    with pytest.raises(AudioError, match="name a folder with the four files of MNIST"):
        read_images(tmp_path, "train", -1)


def test_labels_that_are_no_digits_are_refused(tmp_path):
    labels = write_images(tmp_path) / FILES["train"][1]
    labels.write_bytes(bytes(8) + bytes([11] * 12))
    with pytest.raises(AudioError, match="are no digits"):
        read_images(tmp_path, "train", -1)


@pytest.mark.parametrize("text", ["batch = 0", "validation_batch = 0", "order_seed = -2"])
def test_a_recipe_that_shows_no_image_is_refused(text):
    with pytest.raises(RecipeError, match="shows no image"):
        parse_recipe(f'name = "x"\ntask = "pixels"\n{text}')
