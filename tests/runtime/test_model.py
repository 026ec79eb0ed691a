"""What is no model is refused with its reason, by the engine as by Python's reader."""

from __future__ import annotations

import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from linnet.ir import GatedRecurrence, Linear, Node, program_to_bytes, read_program
from linnet.ir.gguf import UINT32, Value, read_container, write_container
from linnet.runtime import Denoiser, Model, ModelError, pretrained_names
from linnet.runtime.pretrained import DEFAULT_NAME
from tests.ir.programs import random_program

WHOLE = program_to_bytes(random_program(1, bins=9, features=6, states=3))
WITH_PHASE = program_to_bytes(random_program(1, bins=9, features=6, states=3, layers=1, phase_bins=4))
WITH_BANDS = program_to_bytes(
    random_program(1, bins=9, features=6, states=3, layers=1, phase_bins=4, band_ratio=2)
)


def sealed(data: bytes) -> bytes:
    return data[:48] + struct.pack("<I", zlib.crc32(data[52:])) + data[52:]


def test_an_intact_model_is_accepted() -> None:
    assert Model(WHOLE).info.is_denoiser
    assert Model(memoryview(WHOLE)).file_bytes == len(WHOLE)


@pytest.mark.parametrize(
    "data", [b"", b"GGUF", b"RIFF" + bytes(100), bytes(1000), WHOLE[:-64], WHOLE + bytes(64)]
)
def test_bytes_that_are_no_model_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError, match=r"was refused: .*; fetch the model again"):
        Model(data)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(ModelError, match="cannot be read as a model file"):
            Denoiser(path)


@pytest.mark.parametrize("whole", [WHOLE, WITH_PHASE, WITH_BANDS], ids=["", "phase", "bands"])
def test_engine_and_python_accept_the_same_files(whole: bytes) -> None:
    """Bytes changed and sealed again: one reader's verdict is the other's, but for texts the engine does not read."""
    rng = np.random.default_rng(0)
    first = whole.index(b"linnet.sample_rate_hz")
    met = {True: 0, False: 0}
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(int(rng.integers(1, 4))):
            data[int(rng.integers(first, len(data)))] = int(
                rng.choice([0, 1, 127, 128, 255, int(rng.integers(256))])
            )
        forged = sealed(bytes(data))
        verdicts = [accepted(Model, forged), accepted(read_program, forged)]
        if verdicts == [True, False] and only_texts_differ(forged, whole):
            continue
        assert verdicts[0] == verdicts[1]
        met[verdicts[0]] += 1
    assert min(met.values()) > 100


def test_engine_and_python_accept_the_same_bits_of_wires() -> None:
    container = read_container(program_to_bytes(random_program(1, bins=9, features=6, states=3, eight=0.5)))
    values = dict(list(container.values.items())[1:])
    met = {True: 0, False: 0}
    for row in range(len(container.tensors[0][1])):
        for bits in (-8, 0, 4, 7, 8, 9, 16, 24, 32, 64, 1 << 30):
            wires = container.tensors[0][1].copy()
            wires[row, 1] = bits
            forged = write_container(values, [("wires", wires), *container.tensors[1:]])
            verdicts = [accepted(Model, forged), accepted(read_program, forged)]
            assert verdicts[0] == verdicts[1], (row, bits)
            met[verdicts[0]] += 1
    assert met[True] > len(container.tensors[0][1])  # more than leave things as they are


def is_repeated(node: Node) -> bool:
    return isinstance(node, Linear) and node.repeat > 1


@pytest.mark.parametrize("is_it", [lambda node: isinstance(node, GatedRecurrence), is_repeated])
def test_engine_and_python_accept_the_same_rows(is_it: Callable[[Node], bool]) -> None:
    program = random_program(1, bins=9, features=6, states=3)
    row = next(index for index, node in enumerate(program.nodes) if is_it(node))
    container = read_container(program_to_bytes(program))
    values = dict(list(container.values.items())[1:])
    met = {True: 0, False: 0}
    for column, number in [
        *product(range(12), range(-2, 40)),
        *product((4, 5, 6), (-(1 << 31), (1 << 31) - 1)),
    ]:
        nodes = container.tensors[1][1].copy()
        nodes[row, column] = number
        forged = write_container(values, [container.tensors[0], ("nodes", nodes), *container.tensors[2:]])
        verdicts = [accepted(Model, forged), accepted(read_program, forged)]
        assert verdicts[0] == verdicts[1], (column, number)
        met[verdicts[0]] += 1
    assert met[True] >= 12  # what leaves things as they are


def only_texts_differ(forged: bytes, whole: bytes) -> bool:
    """The card, or the name of a key that may be missing: only Python minds where it is no UTF-8."""
    changed = {at for at, (a, b) in enumerate(zip(forged, whole, strict=True)) if a != b}
    texts = set(range(whole.index(b"linnet.card"), len(whole)))
    for name in (b"linnet.phase_bins", b"linnet.band_ratio"):
        texts |= set(range(whole.find(name), whole.find(name) + len(name))) if name in whole else set()
    return bool(changed & texts)


@pytest.mark.parametrize("phase_bins", [0, 1, 8, 9, 10, 255, 1 << 31, (1 << 32) - 1])
def test_engine_and_python_accept_the_same_numbers_of_phase_bins(phase_bins: int) -> None:
    container = read_container(WITH_PHASE)
    values = dict(list(container.values.items())[1:])
    values["linnet.phase_bins"] = Value(UINT32, phase_bins)
    forged = write_container(values, container.tensors)
    fits = phase_bins <= 9
    assert (accepted(Model, forged), accepted(read_program, forged)) == (fits, fits)
    if fits:
        assert Model(forged).info.is_denoiser == (phase_bins == 4)


@pytest.mark.parametrize("band_ratio", [0, 1, 2, 3, 8, 9, 255, 1 << 31, (1 << 32) - 1])
def test_engine_and_python_accept_the_same_band_ratios(band_ratio: int) -> None:
    container = read_container(WITH_BANDS)
    values = dict(list(container.values.items())[1:])
    values["linnet.band_ratio"] = Value(UINT32, band_ratio)
    forged = write_container(values, container.tensors)
    fits = band_ratio == 0 or 2 <= band_ratio <= 8
    assert (accepted(Model, forged), accepted(read_program, forged)) == (fits, fits)
    if fits:
        assert Model(forged).info.is_denoiser == (band_ratio == 2)


def test_a_program_whose_widths_miss_its_bands_is_no_denoiser() -> None:
    container = read_container(WITH_BANDS)
    values = dict(list(container.values.items())[1:])
    del values["linnet.band_ratio"]
    with pytest.raises(ModelError, match=r"17 features and 13 gains for 9 bins, so it is no denoiser"):
        Denoiser(write_container(values, container.tensors))
    values["linnet.band_ratio"] = Value(UINT32, 3)
    with pytest.raises(ModelError, match=r"16 features and 12 gains for 9 bins in 8 bands, so it is no"):
        Denoiser(write_container(values, container.tensors))


def test_a_program_whose_widths_miss_its_phase_is_no_denoiser() -> None:
    container = read_container(WITH_PHASE)
    values = dict(list(container.values.items())[1:])
    del values["linnet.phase_bins"]
    with pytest.raises(
        ModelError, match=r"takes 17 inputs and gives 13 outputs, but its front end has 9 features"
    ):
        Denoiser(write_container(values, container.tensors))
    values["linnet.phase_bins"] = Value(UINT32, 3)
    with pytest.raises(ModelError, match=r"15 features and 12 gains for 9 bins, so it is no denoiser"):
        Denoiser(write_container(values, container.tensors))


def accepted(reader: object, data: bytes) -> bool:
    try:
        reader(data)  # type: ignore[operator]
    except ValueError:
        return False
    return True


def test_a_small_file_that_claims_much_is_refused_before_memory_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    container = read_container(WHOLE)
    values = dict(list(container.values.items())[1:])
    wires = np.tile(np.array([[32767, 16, 0]], np.int32), (4000, 1))
    wide = write_container(values, [("wires", wires), *container.tensors[1:]])
    nearly_empty = random_program(0, bins=4097, features=1000, states=2, layers=0, density=1e-5)
    with monkeypatch.context() as patch:
        patch.setattr("linnet.ir.claims.FREE_NUMBERS", 1 << 30)
        empty = program_to_bytes(nearly_empty)
    for data in (wide, empty):
        tracemalloc.start()
        try:
            with pytest.raises(ModelError, match="larger than this engine accepts"):
                Model(data)
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
        finally:
            tracemalloc.stop()


def test_a_program_for_another_task_is_no_denoiser() -> None:
    program = random_program(0, bins=9)
    object.__setattr__(program.metadata.front_end, "window", 512)
    model = Model(program_to_bytes(program))
    with pytest.raises(ModelError, match=r"it is no denoiser; run it with linnet\.Session"):
        Denoiser(model)


def test_a_wrong_name_lists_the_right_ones() -> None:
    with pytest.raises(ModelError, match="No model named 'nightingale'") as caught:
        Denoiser.from_pretrained("nightingale")
    assert all(name in str(caught.value) for name in pretrained_names())


def test_without_a_name_the_default_is_loaded() -> None:
    assert Denoiser.from_pretrained().model.label == DEFAULT_NAME
    assert DEFAULT_NAME in pretrained_names()


@pytest.mark.parametrize("name", pretrained_names())
def test_every_model_that_ships_loads(name: str) -> None:
    sound = np.random.default_rng(0).normal(0, 0.05, 4000).astype(np.float32)
    out = Denoiser.from_pretrained(name)(sound, sample_rate_hz=16000)
    assert np.isfinite(out).all()


def test_a_missing_library_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "liblinnet.so").write_text("not a library")
    program = (
        "import os; os.environ['LINNET_LIBRARY'] = r'%s'\n"
        "from linnet.runtime import EngineError, Model\n"
        "try: Model(b'GGUF')\n"
        "except EngineError as error: print(error)\n"
    ) % (tmp_path / "liblinnet.so")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install ." in done.stdout, done.stderr
