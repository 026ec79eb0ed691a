"""The model file: what is written comes back exactly, whole or not at all, and GGUF tools can read it."""

from __future__ import annotations

import os
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.ir import (
    ArtifactError,
    FrontEndSpec,
    Linear,
    Metadata,
    measure_activity,
    program_to_bytes,
    read_program,
    run,
    write_program,
)
from linnet.ir.gguf import read_container
from tests.ir.programs import random_codes, random_features, random_program

PROGRAM = random_program(0, kinds="dg")
FLOATS = st.floats(0.0, 1.0, width=32)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**96), 2**96) | st.floats(-9e307, 9e307) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([None, 0.0, 0.05, 0.5, 1.0]))
def test_a_program_comes_back_from_its_bytes(seed: int, density: float | None) -> None:
    program = random_program(seed, bins=17, density=density)
    data = program_to_bytes(program)
    found = read_program(data)
    assert found == program
    assert program_to_bytes(found) == data
    features = random_features(seed, program, frames=4)
    assert np.array_equal(run(found, features), run(program, features))


@settings(max_examples=50, deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS, st.dictionaries(TEXTS, JSON, max_size=3), st.tuples(FLOATS, FLOATS))
def test_metadata_comes_back(name, licence, training_data, recipe, card, levels) -> None:
    front_end = FrontEndSpec(
        sample_rate_hz=48000,
        window=1024,
        hop=256,
        window_kind="rectangular",
        compression_roots=1,
        level_alpha=levels[0],
        level_initial=levels[1],
    )
    metadata = Metadata(name, licence, front_end, training_data, recipe, card)
    program = replace(random_program(1, bins=9, features=2, states=1, layers=0), metadata=metadata)
    assert read_program(program_to_bytes(program)).metadata == metadata


def test_the_phase_comes_back_and_is_written_only_where_there_is_some() -> None:
    program = random_program(2, bins=9, phase_bins=9)
    data = program_to_bytes(program)
    found = read_program(data)
    assert found == program
    assert (found.input_width, found.output_width) == (27, 18)
    assert read_container(data).values["linnet.phase_bins"].value == 9
    without = read_container(program_to_bytes(random_program(2, bins=9))).values
    assert "linnet.phase_bins" not in without


def test_bands_come_back_and_are_written_only_where_there_are_some() -> None:
    program = random_program(2, bins=9, phase_bins=4, band_ratio=2)
    data = program_to_bytes(program)
    found = read_program(data)
    assert found == program
    assert found.metadata.front_end.band_starts() == [0, 1, 2, 3, 4, 6]
    assert (found.input_width, found.output_width) == (14, 10)
    assert read_container(data).values["linnet.band_ratio"].value == 2
    without = read_container(program_to_bytes(random_program(2, bins=9))).values
    assert "linnet.band_ratio" not in without


def test_activity_is_measured_and_comes_back() -> None:
    codes = random_codes(0, PROGRAM, frames=30)
    letters = measure_activity(PROGRAM, codes)
    kinds = {node.writes: type(node).__name__ for node in PROGRAM.nodes}
    assert len(letters) == len(PROGRAM.wires)
    assert all("a" < letters[wire] < "z" for wire, kind in kinds.items() if kind == "ComplexRelu")
    assert letters[0] == letters[-1] == "z"
    marked = replace(PROGRAM, metadata=replace(PROGRAM.metadata, activity=letters))
    data = program_to_bytes(marked)
    assert read_program(data) == marked
    assert "linnet.activity" not in read_container(program_to_bytes(PROGRAM)).values


@pytest.mark.parametrize(
    "activity", ["z", "z" * 99, "Z" * len(PROGRAM.wires), "!" + "z" * (len(PROGRAM.wires) - 1)]
)
def test_an_activity_that_does_not_fit_its_wires_is_refused(activity: str) -> None:
    with pytest.raises(ValueError, match="give each a letter"):
        program_to_bytes(replace(PROGRAM, metadata=replace(PROGRAM.metadata, activity=activity)))


def test_settings_are_rounded_to_float32_where_they_are_made() -> None:
    assert FrontEndSpec(level_alpha=0.1).level_alpha == float(np.float32(0.1))


def test_the_smaller_form_of_each_matrix_is_stored() -> None:
    names = [name for name, _ in read_container(program_to_bytes(PROGRAM)).tensors]
    for index, node in enumerate(PROGRAM.nodes):
        if isinstance(node, Linear):
            dense = np.mean(node.weight != 0) > 0.5
            assert (f"n{index}.weight" in names) == dense
            assert (f"n{index}.gaps" in names) == (not dense)


def test_every_tensor_lies_on_64_bytes_and_the_checksum_covers_the_rest() -> None:
    data = program_to_bytes(PROGRAM)
    assert len(data) % 64 == 0
    assert data[:4] == b"GGUF"
    assert data[32:44] == b"linnet.crc32"
    assert int.from_bytes(data[48:52], "little") == zlib.crc32(data[52:])


def test_a_file_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write_program(PROGRAM, path)
    write_program(PROGRAM, str(path))  # over itself
    assert read_program(path) == read_program(str(path)) == PROGRAM
    assert path.read_bytes() == program_to_bytes(PROGRAM)
    assert os.listdir(tmp_path) == ["model.gguf"]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"older")

    def no_space(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(ArtifactError, match=r"cannot be written \(disk full"):
        write_program(PROGRAM, path)
    assert path.read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["model.gguf"]


def test_an_invalid_program_is_not_written(tmp_path: Path) -> None:
    broken = replace(PROGRAM, nodes=PROGRAM.nodes[:-1])
    with pytest.raises(ValueError, match="Dequantize"):
        write_program(broken, tmp_path / "model.gguf")
    assert os.listdir(tmp_path) == []


def test_a_card_too_long_to_be_read_is_not_written() -> None:
    metadata = replace(PROGRAM.metadata, recipe="#" * (1 << 20))
    with pytest.raises(ArtifactError, match="the limit is 1048576; shorten it"):
        program_to_bytes(replace(PROGRAM, metadata=metadata))


def test_places_that_are_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="cannot be read"):
        read_program(tmp_path / "missing.gguf")
    with pytest.raises(ArtifactError, match="cannot be read"):
        read_program(tmp_path)
    with pytest.raises(ArtifactError, match="cannot be written"):
        write_program(PROGRAM, tmp_path / "missing" / "model.gguf")


def test_the_path_is_named_when_its_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("these are notes, not a model")
    with pytest.raises(ArtifactError, match=r"notes.gguf: it does not begin with 'GGUF'; .* fetch it"):
        read_program(path)


def test_gguf_tools_can_open_it(tmp_path: Path) -> None:
    gguf = pytest.importorskip("gguf")
    path = tmp_path / "model.gguf"
    write_program(PROGRAM, path)
    reader = gguf.GGUFReader(path)
    assert reader.fields["general.architecture"].contents() == "linnet"
    expected = read_container(path.read_bytes()).tensors
    assert [tensor.name for tensor in reader.tensors] == [name for name, _ in expected]
    for tensor, (_, array) in zip(reader.tensors, expected, strict=True):
        assert np.array_equal(tensor.data, array)
