"""Tensors are read from safetensors and .npz; pickles are not opened; damage is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from linnet.foreign.tensors import read_tensors
from tests.foreign import made


def test_safetensors_and_npz_hold_the_same_tensors(tmp_path: Path) -> None:
    numpy = pytest.importorskip("safetensors.numpy")
    tensors = made.tensors()
    numpy.save_file(tensors, tmp_path / "m.safetensors")
    np.savez(tmp_path / "m.npz", **tensors)  # type: ignore[arg-type]  # the stub gives every keyword the type of allow_pickle
    for name in ("m.safetensors", "m.npz"):
        read = read_tensors(tmp_path / name)
        assert all(np.array_equal(read[key], array) for key, array in tensors.items())


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".pkl", ".ckpt"])
def test_a_pickle_is_not_opened(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ValueError, match=r"pickle, which can run code.*save_file"):
        read_tensors(tmp_path / f"absent{suffix}")


def test_python_objects_inside_an_archive_are_not_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", a=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match=r"cannot be read as \.npz"):
        read_tensors(tmp_path / "m.npz")


@pytest.mark.parametrize("name", ["m.safetensors", "m.npz", "m.gguf"])
def test_a_file_of_other_bytes_is_refused(tmp_path: Path, name: str) -> None:
    if name.endswith("safetensors"):
        pytest.importorskip("safetensors")
    (tmp_path / name).write_bytes(b"not tensors at all")
    with pytest.raises(ValueError, match=r"cannot be read as|ends in neither"):
        read_tensors(tmp_path / name)


def test_a_single_array_and_one_of_text_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "m.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match="single array"):
        read_tensors(tmp_path / "m.npz")
    np.savez(tmp_path / "t.npz", a=np.array(["text"]))
    with pytest.raises(ValueError, match="holds no numbers"):
        read_tensors(tmp_path / "t.npz")["a"]
